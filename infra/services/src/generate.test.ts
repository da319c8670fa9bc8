import { expect, test } from 'vitest';
import { generatedFiles, presentText } from './generate.ts';

test.each(generatedFiles)(
  '$path is what the manifests say: run `npm run generate` where it is not',
  async (file) => {
    const present = presentText(file);
    expect(present).toBe(await file.make(present));
  },
);
