import { expect, test } from 'vitest';
import { z } from 'zod';
import { joinSchemas } from './joined-schemas.ts';

const schema = joinSchemas({
  settings: z.object({ PORT: z.coerce.number().int() }),
  database: z.object({ DATABASE_URL: z.string() }).transform(({ DATABASE_URL: url }) => ({ url })),
}).transform(({ settings, database }) => [settings.PORT, database.url]);

test('each part reads the same environment', () => {
  expect(schema.parse({ PORT: '1', DATABASE_URL: 'postgres://x' })).toEqual([1, 'postgres://x']);
});

test('the problems of all parts are told at once, each by its variable', () => {
  const { error } = schema.safeParse({ PORT: 'x' });
  expect(error?.issues.map(({ path }) => path)).toEqual([['PORT'], ['DATABASE_URL']]);
});
