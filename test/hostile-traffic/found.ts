import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { fuzzInputSchema, toHostileCase } from '../fuzz/fuzz-input.ts';

const fileSchema = z.strictObject({
  /** The name of the test. */
  promise: z.string(),
  input: fuzzInputSchema,
});

/** What the generators found (`npm run fuzz`), a file each. */
export const foundCases = globSync(join(import.meta.dirname, 'found', '*.json'))
  .sort()
  .map((path) => {
    const { promise, input } = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return toHostileCase(`found-${basename(path, '.json')}`, input, promise);
  });
