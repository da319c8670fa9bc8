import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { errorsPage } from './errors-page.ts';

test('the page of errors says what the table of faults says: run `npm run docs` where it does not', async () => {
  const file = new URL('../../../docs/errors.md', import.meta.url);
  const expected = await format(errorsPage(), { ...(await resolveConfig(file)), parser: 'markdown' });
  expect(readFileSync(file, 'utf8')).toBe(expected);
});
