import { expect, test } from 'vitest';
import { pageWith, readPage } from './page.ts';
import { readResults } from './result.ts';
import { rows } from './rows/catalogue.ts';

test('docs/operations.md says what the chaos suite has measured: run `npm run chaos -- --write` where it does not', async () => {
  expect(readPage()).toBe(await pageWith(readResults()));
});

test('what the page says was measured of rows that there are, as they are described now, and nothing was wrong with any', () => {
  const described = new Map(rows.map(({ name, part, done }) => [name, { part, done }]));
  for (const { name, part, done, problems } of readResults()) {
    expect({ name, part, done, problems }).toEqual({ name, ...described.get(name), problems: [] });
  }
});
