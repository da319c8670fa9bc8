import { estimateTokens } from '@weir/pricing/estimate-tokens';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createWorld, numberCheck, screeningBy, wordCheck } from '../../test/screening-world.ts';
import type { CompiledScreening } from '../domain/compiled-policy.ts';
import { Denial } from '../screening/denial.ts';
import { applyEdits } from '../screening/apply-edits.ts';
import { screenCompletion } from '../screening/screen-completion.ts';
import { editsByText, readRequest, screenRequest } from '../screening/screen-request.ts';
import { createChunkScreen } from './create-chunk-screen.ts';
import { StreamFilter } from './stream-filter.ts';

type Delta = Record<string, unknown>;

const chunk = (delta: Delta, fields: object = {}, more: object = {}) =>
  Buffer.from(
    JSON.stringify({
      ...{ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' },
      choices: [{ index: 0, delta, finish_reason: null, ...fields }],
      ...more,
    }),
  );

const argumentsOf = (index: number, text: string, more: object = {}) => ({
  tool_calls: [{ index, ...more, function: { arguments: text } }],
});

interface Sent {
  readonly usage?: unknown;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: Delta & {
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly function?: { readonly arguments?: string };
      }[];
    };
    readonly finish_reason: string | null;
    readonly logprobs?: unknown;
  }[];
}

async function stream(
  chunks: readonly Uint8Array[],
  screening: CompiledScreening = screeningBy([numberCheck('redact')]),
) {
  const world = createWorld(screening, { direction: 'output' });
  const filter = new StreamFilter(world);
  const sent: (string | Uint8Array)[] = [];
  for (const one of chunks) sent.push(...(await filter.push(one)));
  sent.push(...(await filter.end()));
  return { ...world, raw: sent.map(String), sent: sent.map((one) => JSON.parse(one.toString()) as Sent) };
}

const joined = (sent: readonly Sent[], field = 'content') =>
  sent
    .flatMap(({ choices }) => choices.map(({ delta }) => (delta[field] as string | undefined) ?? ''))
    .join('');

const joinedArguments = (sent: readonly Sent[], index: number) =>
  sent
    .flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []))
    .filter((call) => call.index === index)
    .map((call) => call.function?.arguments ?? '')
    .join('');

/** What screening the text at once makes of it. */
async function whole(text: string, form: 'text' | 'json') {
  const { screener, placeholders } = createWorld(screeningBy([numberCheck('redact')]), {
    direction: 'output',
  });
  const edits = editsByText(await screener.screen([{ path: 'x', text, form }]));
  return applyEdits({ text, form }, edits.get(0) ?? [], { placeholders, yieldTurn: screener.yieldTurn });
}

/** Texts full of what is found, of what nearly is, and of what is cut badly. */
const someText = fc
  .array(
    fc.constantFrom(
      '091234567',
      '8',
      '12',
      'id ',
      ' ',
      'a',
      '[PHONE]',
      '[',
      'PHONE_12',
      ']',
      '😀',
      'ề',
      '"',
      ',',
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

function cutInto(text: string, cuts: readonly number[]): string[] {
  const ends = [...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b);
  return ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));
}

describe('a streamed answer comes out as it would have as a whole', () => {
  test('in whatever pieces its text comes', async () => {
    await fc.assert(
      fc.asyncProperty(someText, fc.array(fc.nat(), { maxLength: 8 }), async (text, cuts) => {
        const pieces = cutInto(text, cuts);
        const { sent } = await stream(pieces.map((content) => chunk({ content })));
        expect(joined(sent)).toBe(await whole(text, 'text'));
      }),
      { numRuns: 200 },
    );
  });

  test('split at every place, and character by character', async () => {
    const text = 'id 0123456789 [PHONE_1] 😀 09123456789, 12 [PHONE] ề 123456789';
    const expected = await whole(text, 'text');
    expect(expected).toBe('id [CCCD] [PHONE_1] 😀 [PHONE], 12 [PHONE] ề [PHONE]');
    for (let at = 0; at <= text.length; at++) {
      const { sent } = await stream([text.slice(0, at), text.slice(at)].map((content) => chunk({ content })));
      expect(joined(sent)).toBe(expected);
    }
    const { sent } = await stream(text.split('').map((content) => chunk({ content })));
    expect(joined(sent)).toBe(expected);
  });

  test("in a tool's arguments too, which stay JSON", async () => {
    const json = '{"phone":84912345678,"text":"call \\"0912345678\\"","n":[1,123456789]}';
    const expected = '{"phone":"[PHONE]","text":"call \\"[PHONE]\\"","n":[1,"[PHONE]"]}';
    for (let size = 1; size < json.length; size += 3) {
      const pieces = json.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
      const { sent } = await stream(pieces.map((piece) => chunk(argumentsOf(0, piece))));
      expect(joinedArguments(sent, 0)).toBe(expected);
    }
  });
});

test('what needs no change passes as the bytes that came, and at once', async () => {
  const chunks = [
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: 'Hello ' }),
    chunk({ content: 'you.' }, {}, { novelty: 1 }),
    chunk({}, { finish_reason: 'stop' }),
    Buffer.from(
      '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"n":12345678901234567890}}',
    ),
  ];
  expect((await stream(chunks)).raw).toEqual(chunks.map(String));
});

test('each choice and each field is a text of its own', async () => {
  const { sent } = await stream([
    chunk({ content: '0912' }),
    chunk({ content: 'x 0912' }, { index: 1 }),
    chunk({ content: '345678 ' }),
    chunk({ content: ' y' }, { index: 1 }),
    chunk({ reasoning: 'of 123456789 ' }),
  ]);
  const of = (index: number) =>
    sent.map((one) => ({ ...one, choices: one.choices.filter((choice) => choice.index === index) }));
  expect(joined(of(0))).toBe('[PHONE] ');
  expect(joined(of(1))).toBe('x 0912 y');
  expect(joined(sent, 'reasoning')).toBe('of [PHONE] ');
});

test('what is held goes out before its choice ends, and before another text begins', async () => {
  const { sent } = await stream([
    chunk({ content: 'see 12' }),
    chunk(argumentsOf(0, '{"a":1', { id: 't0' })),
    chunk(argumentsOf(1, '{"b":2', { id: 't1' })),
    chunk({}, { finish_reason: 'tool_calls' }),
  ]);
  const steps = sent.flatMap(({ choices }) =>
    choices.map(({ delta, finish_reason: finish }) => {
      const calls = delta.tool_calls?.map((call) => `${call.index}:${call.function?.arguments ?? ''}`);
      return finish ?? calls?.join() ?? delta['content'];
    }),
  );
  expect(steps).toEqual(['see ', '12', '0:{"a":', '0:1', '1:{"b":', '1:2', 'tool_calls']);
});

test('a number that goes on where a text was cut short is not told to its end', async () => {
  const { sent } = await stream([
    chunk({ content: 'call 0912' }),
    chunk({ reasoning: 'hm ' }),
    chunk({ content: '345678 now' }),
    chunk({}, { finish_reason: 'stop' }),
  ]);
  expect(joined(sent)).toBe('call 0912[PHONE] now');
});

test.each(['7', 'x'])(
  'a text of which nothing settles passes all the same, and what is found in it does not: %s',
  async (unit) => {
    const endless = numberCheck('redact', { settledLength: () => 0 });
    const long = unit.repeat(20_000);
    const pieces = [...(long.match(/.{1,500}/g) ?? []), ' call 0912345678.'];
    const { sent } = await stream(
      pieces.map((content) => chunk({ content })),
      screeningBy([endless]),
    );
    const said = joined(sent);
    expect(said).not.toMatch(/\d/);
    expect(said.endsWith(' call [PHONE].')).toBe(true);
    expect(sent.length).toBeGreaterThan(3);
    if (unit === 'x') expect(said.startsWith(long)).toBe(true);
  },
);

test('log probabilities are dropped from what was changed or held, for they are the text once more', async () => {
  const logprobs = { content: [{ token: '09', logprob: -1, bytes: [48, 57] }], refusal: null };
  const { sent } = await stream([
    chunk({ content: 'Hi ' }, { logprobs }),
    chunk({ content: 'it is 0912345678' }, { logprobs }),
    chunk({ content: ' ok ' }, { logprobs }),
  ]);
  expect(sent.map(({ choices }) => choices[0]?.logprobs ?? null)).toEqual([logprobs, null, null]);
});

test('masked values come back in text, in arguments with their escapes, and in the names of tools', async () => {
  const world = createWorld(screeningBy([]), { direction: 'output' });
  const mask = (value: string) =>
    world.placeholders.replacementOf({ action: 'mask', rule: 'email', value, form: 'text' });
  expect([mask('a"b@x.vn'), mask('c@x.vn'), mask('a"b@x.vn')]).toEqual([
    '[EMAIL_1]',
    '[EMAIL_2]',
    '[EMAIL_1]',
  ]);
  const filter = new StreamFilter(world);
  const text = 'To [EMAIL_1] and [EMAIL_2], not [EMAIL_3].';
  const sent: (string | Uint8Array)[] = [];
  for (const content of text) sent.push(...(await filter.push(chunk({ content }))));
  for (const piece of '{"to":"[EMAIL_1]"}') sent.push(...(await filter.push(chunk(argumentsOf(0, piece)))));
  const named = { tool_calls: [{ index: 1, id: 't', function: { name: 'mail_email_2', arguments: '' } }] };
  sent.push(...(await filter.push(chunk(named))), ...(await filter.end()));
  const parsed = sent.map((one) => JSON.parse(one.toString()) as Sent);
  expect(joined(parsed)).toBe('To a"b@x.vn and c@x.vn, not [EMAIL_3].');
  expect(joinedArguments(parsed, 0)).toBe('{"to":"a\\"b@x.vn"}');
  expect(sent.join()).toContain('"name":"mail_c@x.vn"');
});

describe('checks that judge sentences', () => {
  const screening = screeningBy([wordCheck('bomb', { isSlow: true })]);

  test('have each sentence before it goes out', async () => {
    const { filter, denied } = await pushAll(['One is', ' fine. Two is a bo', 'mb. Three'], screening);
    expect(denied).toBeInstanceOf(Denial);
    expect(filter.sent.join()).toContain('One is fine. ');
    expect(filter.sent.join()).not.toContain('Two');
  });

  test('deny before anything has gone out: the answer can still be refused as a whole', async () => {
    const { denied, refusal } = await pushAll(['A bomb', '. And'], screening);
    expect(denied).toMatchObject({ code: 'content_policy_violation' });
    expect(refusal).toBeUndefined();
  });

  test('end the answer where some of it has gone out, with a finish reason for each choice that has none', async () => {
    const { refusal } = await pushAll(['Fine. ', 'A bomb. '], screening);
    expect(refusal?.chunks.map((one) => JSON.parse(one.toString()) as Sent)).toMatchObject([
      { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'content_filter' }] },
    ]);
    expect(refusal?.outputTokens).toBe(estimateTokens('Fine. A bomb. '));
  });
});

async function pushAll(texts: readonly string[], screening: CompiledScreening) {
  const filter = new StreamFilter(createWorld(screening, { direction: 'output' }));
  const sent: (string | Uint8Array)[] = [];
  let denied: unknown;
  try {
    sent.push(...(await filter.push(chunk({ role: 'assistant', content: '' }))));
    for (const content of texts) sent.push(...(await filter.push(chunk({ content }))));
    sent.push(...(await filter.end()));
  } catch (thrown) {
    denied = thrown;
  }
  return { filter: { sent: sent.map(String) }, denied, refusal: filter.refusal };
}

test('what a host adds to a chunk goes out as it was screened, and not with what was held back before it', async () => {
  const end = chunk({}, { finish_reason: 'stop' }, { note: 'of 0912345678' });
  const { raw } = await stream([chunk({ content: 'call 0912' }), end]);
  expect(raw.join('\n')).toContain('"note":"of [PHONE]"');
  expect(raw.join('\n')).not.toContain('0912345678');
});

test.each([
  (text: string) => ({ reasoning_details: [{ type: 'reasoning.text', index: 0, text }] }),
  (text: string) => ({ content: [{ type: 'text', text }] }),
  (text: string) => ({ content: [{ type: 'thinking', thinking: [{ type: 'text', text }] }] }),
  (text: string) => ({ thinking_blocks: [{ type: 'thinking', thinking: text }] }),
])('a text that comes in pieces within a list is screened as one %#', async (delta) => {
  const { raw } = await stream([
    chunk(delta('call 09123')),
    chunk(delta('45678')),
    chunk({}, { finish_reason: 'stop' }),
  ]);
  expect(raw.join('\n')).toContain('[PHONE]');
  expect(raw.join('\n')).not.toMatch(/\d{5}/);
  const types = JSON.stringify(delta('')).match(/"type":"[a-z.]+"/g) ?? [];
  for (const type of types) expect(raw.join('\n').split(type).length, type).toBeGreaterThan(1);
});

test.each(['stream', 'buffered'] as const)(
  'log probabilities that come behind their text do not tell it (%s)',
  async (mode) => {
    const tokens = { logprobs: { content: [{ token: '0912345678', logprob: 0 }] } };
    const screening = screeningBy([numberCheck('redact')], { mode });
    const world = createWorld(screening, { direction: 'output' });
    const filter = createChunkScreen(screening, world.screener, world.placeholders);
    const sent: string[] = [];
    for (const one of [
      chunk({ content: 'call 0912345678 ' }),
      chunk({ content: '' }, tokens),
      chunk({}, tokens),
    ])
      sent.push(...(await filter.push(one)).map(String));
    sent.push(...(await filter.end()).map(String));
    expect(sent.join('\n')).toContain('[PHONE]');
    expect(sent.join('\n')).not.toContain('0912345678');
  },
);

describe('signed thoughts are as they were signed, or gone', () => {
  const signed = (text: string) => [
    { type: 'reasoning.text', text, signature: 'MDkxMjM0NTY3OA==', format: 'anthropic-claude-v1', index: 0 },
    { type: 'reasoning.encrypted', data: 'ZGF0YQ==', format: 'anthropic-claude-v1', index: 1 },
  ];
  const answerOf = (text: string) => [
    chunk({ reasoning_content: text }),
    chunk({ reasoning_details: signed(text) }),
    chunk({ content: 'Hi' }),
    chunk({}, { finish_reason: 'stop' }),
  ];
  const detailsIn = (sent: readonly (string | Uint8Array)[]) =>
    sent
      .map((one) => JSON.parse(one.toString()) as Sent)
      .flatMap(({ choices }) => (choices[0]?.delta['reasoning_details'] as unknown[] | undefined) ?? []);

  test.each(['stream', 'buffered'] as const)('in a stream (%s)', async (mode) => {
    const screened = async (text: string) => {
      const screening = screeningBy([numberCheck('redact')], { mode });
      const world = createWorld(screening, { direction: 'output' });
      const filter = createChunkScreen(screening, world.screener, world.placeholders);
      const sent: (string | Uint8Array)[] = [];
      for (const one of answerOf(text)) sent.push(...(await filter.push(one)));
      return [...sent, ...(await filter.end())];
    };
    expect(detailsIn(await screened('So [PHONE_1] it is'))).toEqual(signed('So [PHONE_1] it is'));
    const found = await screened('call 0912345678 then');
    expect(detailsIn(found)).toEqual([]);
    expect(found.join('\n')).not.toContain('0912345678');
    expect(found.join('\n')).toContain('[PHONE]');
  });

  test('in a whole answer, and in the history of a request', async () => {
    const message = (text: string) => ({
      role: 'assistant',
      content: 'Hi',
      reasoning_details: signed(text),
    });
    const answer = async (text: string) => {
      const { screener, placeholders } = createWorld(screeningBy([numberCheck('redact')]), {
        direction: 'output',
      });
      const body = Buffer.from(JSON.stringify({ choices: [{ index: 0, message: message(text) }] }));
      return (await screenCompletion({ screener, placeholders, body })).toString();
    };
    expect(await answer('So')).toContain(JSON.stringify(signed('So')));
    expect(await answer('call 0912345678')).toContain('"reasoning_details":[]');
    const request = async (text: string) => {
      const { screener, placeholders } = createWorld(screeningBy([numberCheck('redact')]), {
        direction: 'input',
      });
      const body = Buffer.from(JSON.stringify({ model: 'm', messages: [message(text)] }));
      return (
        await screenRequest({
          screener,
          placeholders,
          request: await readRequest(body, undefined, screener.yieldTurn),
        })
      ).body.toString();
    };
    expect(await request('So')).toContain(JSON.stringify(signed('So')));
    expect(await request('call 0912345678')).toContain('"reasoning_details":[]');
  });
});

describe('a hostile stream', () => {
  test('of single characters of which nothing settles is not looked at for each of them', async () => {
    let looks = 0;
    const settledLength = () => {
      looks++;
      return 0;
    };
    const waiting = numberCheck('redact', { settledLength });
    const text = 'a'.repeat(4_000);
    const { sent } = await stream(
      Array.from(text, (content) => chunk({ content })),
      screeningBy([waiting]),
    );
    expect(joined(sent)).toBe(text);
    expect(looks).toBeLessThan(500);
  });

  test('of more texts than any answer has is refused', async () => {
    const calls = (first: number) => ({
      tool_calls: Array.from({ length: 1_000 }, (_, i) => ({
        ...{ index: first + i, function: { arguments: '{' } },
      })),
    });
    const chunks = Array.from({ length: 5 }, (_, place) => chunk(calls(1_000 * place)));
    await expect(stream(chunks)).rejects.toMatchObject({ code: 'upstream_invalid_response' });
  });
});

test('a text that comes by the megabyte in one chunk is not searched in one go, and what is found is the same', async () => {
  const text = 'ab 091234567 '.repeat(40_000);
  const world = createWorld(screeningBy([numberCheck('redact')]), { direction: 'output' });
  const find = vi.spyOn(world.screener, 'findSpans');
  const filter = new StreamFilter(world);
  const sent = [...(await filter.push(chunk({ content: text }))), ...(await filter.end())];
  const longest = Math.max(...find.mock.calls.map(([{ text: searched }]) => searched.length));
  expect(longest).toBeLessThan(80_000);
  expect(joined(sent.map((one) => JSON.parse(one.toString()) as Sent))).toBe(await whole(text, 'text'));
});
