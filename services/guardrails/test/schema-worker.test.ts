import { afterEach, describe, expect, it } from 'vitest';
import { createJsonSchemaCheck } from '../src/checks/json-schema/json-schema-check.ts';
import { SchemaWorkerClient } from '../src/checks/json-schema/schema-worker-client.ts';
import { jsonSchemaCheckSchema } from '@weir/contracts/guardrails/policy';
import { checkContext, choiceText } from './checked-texts.ts';

const client = new SchemaWorkerClient();
afterEach(() => client.stop());

const judge = async (schema: object, text: string, signal?: AbortSignal) => {
  const check = jsonSchemaCheckSchema.parse({ type: 'json_schema', schema });
  const made = createJsonSchemaCheck(check, { judgeJson: client.judge });
  const context = checkContext({ direction: 'output', ...(signal && { signal }) });
  return (await made.check([choiceText(text)], context)).map(({ rule }) => rule);
};

describe('a long answer is judged as a short one is', () => {
  const list = { type: 'array', items: { type: 'integer' } };
  it.each([
    ['allowed', `[${'1,'.repeat(40_000)}1]`, []],
    ['of another form', `[${'1,'.repeat(40_000)}"1"]`, ['schema_mismatch']],
    ['no JSON', '['.repeat(50), ['not_json']],
    ['no JSON, and long', `[${'1,'.repeat(40_000)}`, ['not_json']],
  ])('%s', async (_what, text, rules) => {
    expect(await judge(list, text)).toEqual(rules);
  });

  it("by a schema's patterns too, in linear time", async () => {
    const schema = { type: 'object', properties: { id: { type: 'string', pattern: '^(a+)+$' } } };
    expect(await judge(schema, JSON.stringify({ id: `${'a'.repeat(5_000)}b` }))).toEqual(['schema_mismatch']);
  });
});

it.each([
  [
    'a schema that would take for ever',
    {
      $ref: '#/$defs/a0',
      $defs: Object.fromEntries(
        Array.from({ length: 60 }, (_, i) => {
          const next = { $ref: `#/$defs/a${i + 1}` };
          return [`a${i}`, i === 59 ? { type: 'object' } : { allOf: [next, next] }];
        }),
      ),
    },
    '{}',
  ],
  [
    'an answer that would take for minutes',
    { type: 'array', uniqueItems: true },
    JSON.stringify(Array.from({ length: 60_000 }, (_, a) => ({ a }))),
  ],
  ['an answer with more in it than any has', { type: 'array' }, `[${'[],'.repeat(300_000)}[]]`],
])('the check fails by %s, and goes on with the next', async (_what, schema, text) => {
  await expect(judge(schema, text)).rejects.toMatchObject({ code: 'guardrails_unavailable' });
  expect(await judge({ type: 'object' }, '{}')).toEqual([]);
});

it('an answer whose caller leaves is judged for nobody', async () => {
  const leaving = new AbortController();
  const judged = judge({ type: 'array' }, `[${'1,'.repeat(40_000)}1]`, leaving.signal);
  leaving.abort(new Error('gone'));
  await expect(judged).rejects.toMatchObject({ code: 'internal_error' });
});
