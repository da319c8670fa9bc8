import { type Check, checkSchema } from '@weir/contracts/guardrails/policy';
import { Fault } from '@weir/service-kit/fault';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { FakeClock } from '@weir/testkit/fake-clock';
import { describe, expect, it } from 'vitest';
import { checkContext, choiceText, messageText } from '../../test/checked-texts.ts';
import type { CheckContext, Finding, ScreenedText } from '../domain/check.ts';
import type { CheckDependencies } from './check-dependencies.ts';
import { InvalidCheck } from './check-dependencies.ts';
import { createCheck } from './create-check.ts';
import { compileSchema, judgeBySchema } from './json-schema/compile-schema.ts';

const dependencies: CheckDependencies = {
  fetch: () => Promise.reject(new Fault('upstream_unreachable')),
  classify: () => Promise.reject(new Fault('guardrails_unavailable')),
  judgeJson: async ({ schema, text }) =>
    judgeBySchema(compileSchema(JSON.parse(schema) as object))(text, { timeoutMs: 2_000 }),
  hostPolicy: new HostPolicy([]),
  clock: new FakeClock(),
};
const made = (check: object) => createCheck(checkSchema.parse(check), dependencies);

async function judge(check: object, texts: readonly ScreenedText[], context: Partial<CheckContext> = {}) {
  const { check: run, kind } = made(check) as { kind: string; check?: (...parts: never[]) => unknown };
  if (kind !== 'whole' || !run) throw new Error('it judges spans');
  const findings = await (run as (t: readonly ScreenedText[], c: CheckContext) => unknown)(
    texts,
    checkContext(context),
  );
  return (findings as Finding[]).map(({ rule, text }) => (text === undefined ? rule : `${rule}@${text}`));
}
const judgeAnswer = (check: object, ...contents: string[]) =>
  judge(check, contents.map(choiceText), { direction: 'output' });

const examples: Record<Check['type'], object> = {
  pii: {},
  blocklist: { words: ['x'] },
  regex: { patterns: [{ name: 'x', pattern: 'x' }] },
  prompt_injection: {},
  moderation: { engine: 'openai' },
  webhook: { url: 'https://checks.example.com/', secret: 's'.repeat(16) },
  json_schema: { schema: {} },
  words: { operator: 'none', words: ['x'] },
  language: { allowed: ['vi'] },
  length: { unit: 'words', max: 1 },
  links: { denied_hosts: ['x.com'] },
  count: { of: 'messages', max: 1 },
  request_types: { allowed: ['chat'] },
};

it.each(Object.entries(examples))(
  'a check of type %s has the id of its policy, or its type',
  (type, fields) => {
    expect(made({ type, ...fields })).toMatchObject({ id: type, type, onError: 'deny' });
    expect(made({ type, ...fields, id: 'mine', on_error: 'allow' })).toMatchObject({
      id: 'mine',
      onError: 'allow',
    });
  },
);

it.each([
  ['a host that is private', { ...examples.webhook, type: 'webhook', url: 'https://10.0.0.1/' }, 'url'],
  ['a host without https', { type: 'moderation', engine: 'http', url: 'http://checks.example.com' }, 'url'],
  [
    'a user in a URL',
    { ...examples.webhook, type: 'webhook', url: 'https://a:b@checks.example.com/' },
    'url',
  ],
  ['an engine without its endpoint', { type: 'moderation', engine: 'http' }, 'url'],
  ['an engine without its model', { type: 'moderation', engine: 'transformers' }, 'model'],
  ['a schema that is none', { type: 'json_schema', schema: { type: 'strong' } }, 'schema'],
  ['a schema elsewhere', { type: 'json_schema', schema: { $ref: 'https://evil.com/s.json' } }, 'schema'],
  ['a schema whose pattern is none', { type: 'json_schema', schema: { pattern: '(a' } }, 'schema'],
])('%s is refused, by the name of its field', (_what, check, field) => {
  expect(() => made(check)).toThrow(InvalidCheck);
  expect(() => made(check)).toThrow(expect.objectContaining({ field }));
});

describe('json_schema', () => {
  const check = {
    type: 'json_schema',
    schema: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      required: ['age'],
      properties: { age: { type: 'integer' }, at: { format: 'date-time' }, id: { pattern: '^(a+)+$' } },
    },
  };

  it('lets an answer pass that the schema allows, with a fence around it or without', async () => {
    expect(await judgeAnswer(check, '{"age":3}', '```json\n{"age":3}\n```')).toEqual([]);
  });

  it('says of each choice what is wrong with it', async () => {
    const contents = ['{"age":"3"}', 'Sure! {"age":3}', '{"age":3,"at":"now"}', '{"age":1}', ''];
    const found = ['schema_mismatch@0', 'not_json@1', 'schema_mismatch@2', 'not_json@4'];
    expect(await judgeAnswer(check, ...contents)).toEqual(found);
  });

  it('judges contents alone, and no arguments of tools', async () => {
    const call: ScreenedText = {
      ...choiceText('no json'),
      path: 'choices[0].message.tool_calls[0].function.arguments',
      form: 'json',
    };
    expect(await judge(check, [call], { direction: 'output' })).toEqual([]);
  });
});

describe('words', () => {
  it('all have to occur, whatever their case and marks', async () => {
    const check = { type: 'words', operator: 'all', words: ['Điều khoản', 'hoàn tiền'] };
    expect(await judgeAnswer(check, 'theo DIEU KHOAN, được hoàn tiền')).toEqual([]);
    expect(await judgeAnswer(check, 'theo điều khoản')).toEqual(['all']);
  });

  it('any has to occur', async () => {
    const check = { type: 'words', operator: 'any', words: ['có', 'không'] };
    expect(await judgeAnswer(check, 'không')).toEqual([]);
    expect(await judgeAnswer(check, 'có lẽ vậy', 'ai biết')).toEqual([]);
    expect(await judgeAnswer(check, 'ai biết')).toEqual(['any']);
  });

  it('none may occur, in whichever text, as a whole word', async () => {
    const check = { type: 'words', operator: 'none', words: ['giá'] };
    expect(await judge(check, [messageText('giáo viên'), messageText('Gia bao nhiêu?')])).toEqual(['none@1']);
  });
});

describe('language', () => {
  const check = { type: 'language', allowed: ['vi'] };

  it('lets what is in an allowed one pass, and what is too short to tell', async () => {
    expect(
      await judgeAnswer(check, 'Bạn có thể đổi trả hàng trong vòng bảy ngày.', 'OK, done.', '12345'),
    ).toEqual([]);
  });

  it('finds another', async () => {
    const contents = [
      'You can return your order within seven days of delivery.',
      'Vous pouvez retourner votre commande.',
    ];
    expect(await judgeAnswer(check, ...contents)).toEqual([
      'language_not_allowed@0',
      'language_not_allowed@1',
    ]);
  });
});

describe('length', () => {
  it.each([
    ['characters', 'ă'.normalize('NFD').repeat(5), 5],
    ['words', 'xin chào, bạn!', 3],
    ['sentences', 'Xin chào. Bạn khỏe không? Tốt!', 3],
  ])('counts %s', async (unit, text, count) => {
    const type = 'length';
    expect(await judgeAnswer({ type, unit, min: count, max: count }, text)).toEqual([]);
    expect(await judgeAnswer({ type, unit, max: count - 1 }, text)).toEqual([`${unit}.too_long@0`]);
    expect(await judgeAnswer({ type, unit, min: count + 1 }, text)).toEqual([`${unit}.too_short@0`]);
  });

  it("is that of all the user's words together", async () => {
    const check = { type: 'length', unit: 'words', max: 3 };
    const texts = [messageText('one two'), messageText('a b c d e', 'system'), messageText('three four')];
    expect(await judge(check, texts)).toEqual(['words.too_long']);
    expect(await judge(check, texts.slice(0, 2))).toEqual([]);
  });
});

it('count and request_types judge the request, and no text', async () => {
  const count = { type: 'count', of: 'images', min: 1, max: 2 };
  expect(await judge(count, [], { counts: { images: 2 } })).toEqual([]);
  expect(await judge(count, [], { counts: { images: 3 } })).toEqual(['images.too_many']);
  expect(await judge(count, [])).toEqual(['images.too_few']);
  const types = { type: 'request_types', allowed: ['chat'] };
  expect(await judge(types, [])).toEqual([]);
  expect(await judge(types, [], { requestType: 'embedding' })).toEqual(['request_type_not_allowed']);
});

it('a check only reports where none of its actions does more: no stream waits for it', () => {
  const reportsOnly = (check: object) => made(check).reportsOnly;
  expect(reportsOnly({ type: 'pii', action: 'report' })).toBe(true);
  expect(reportsOnly({ type: 'pii', action: 'report', actions: { secret: 'deny' } })).toBe(false);
  expect(reportsOnly({ type: 'pii' })).toBe(false);
  expect(reportsOnly({ type: 'words', operator: 'none', words: ['x'], action: 'report' })).toBe(true);
  expect(reportsOnly({ type: 'blocklist', words: ['x'], action: 'report' })).toBe(true);
  expect(reportsOnly({ type: 'links', action: 'report' })).toBe(true);
});
