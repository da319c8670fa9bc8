import { setInterval } from 'node:timers';
import { eventually } from '@weir/testkit/eventually';
import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, onTestFinished, test } from 'vitest';
import type { Provider } from '../src/domain/provider.ts';
import { createCompleterOf } from './completer.ts';
import { hostProvider, startHost } from './host.ts';

const head = { id: 'x', created: 1, model: 'm' };
const usage = { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 };
const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };

const chunk = (delta: object, finish: string | null = null) =>
  JSON.stringify({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
const usageChunk = JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [], usage });
const events = (...data: string[]) => data.map((each) => `data: ${each}\n\n`).join('');
const hello = [chunk({ role: 'assistant', content: 'Hel' }), chunk({ content: 'lo' }), chunk({}, 'stop')];
const helloEvents = events(...hello, usageChunk, '[DONE]');

const completion = (message: object, finish = 'stop') =>
  JSON.stringify({
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
    usage,
  });

const anthropicEvents = [
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'c',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 25, output_tokens: 1 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 15 },
  },
  { type: 'message_stop' },
]
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join('');
const anthropicMessage = JSON.stringify({
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'c', stop_reason: 'end_turn' },
  content: [{ type: 'text', text: 'Hello' }],
  usage: { input_tokens: 25, output_tokens: 15 },
});
const ollamaLine = (content: string, rest: object) =>
  `${JSON.stringify({ model: 'm', created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', content }, ...rest })}\n`;
const ollamaLines = [
  ollamaLine('Hel', { done: false }),
  ollamaLine('lo', { done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 2 }),
].join('');

interface Told {
  readonly dialect?: Provider['dialect'];
  readonly contentType?: string;
  readonly stream: boolean;
  /** How many choices are asked for. */
  readonly n?: number;
}

/** Asks a host that answers every request so; there has to be one alone. */
async function ask(body: string, told: Told) {
  const { dialect = 'openai', contentType = 'application/json', stream, n } = told;
  const host = await startHost((_, response) => response.setHeader('content-type', contentType).end(body));
  const config = { retry: { attempts: 2 } };
  const completer = createCompleterOf([hostProvider(host.url, { dialect })], { config, random: () => 0 });
  const { reply, done } = completer.ask({
    model: 'host/m',
    ...(stream && { stream, stream_options: { include_usage: true } }),
    ...(n !== undefined && { n }),
  });
  const fault = await done;
  return { fault, reply, requests: host.requests.length, chunks: reply.chunks.map(parse) };
}

interface Chunk {
  choices: { delta: { content?: string; tool_calls?: object[] }; finish_reason: string | null }[];
  usage?: object;
}
const parse = (text: string) => JSON.parse(text) as Chunk;
const textOf = (chunks: Chunk[]) => chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

test.each([
  ['application/json', 'openai', helloEvents],
  ['application/octet-stream', 'openai', helloEvents],
  ['text/html; charset=utf-8', 'openai', `\r\n: wait\n\n${helloEvents}`],
  ['application/json', 'anthropic', anthropicEvents],
  ['text/event-stream', 'ollama', ollamaLines],
] as const)('a stream is one whatever it is called: %s of %s', async (contentType, dialect, body) => {
  const { fault, chunks, requests } = await ask(body, { dialect, contentType, stream: true });
  expect(fault).toBeUndefined();
  expect(textOf(chunks)).toBe('Hello');
  expect(chunks.at(-1)?.usage).toBeDefined();
  expect(requests).toBe(1);
});

test.each([
  ['openai', completion({ content: 'Hello' })],
  ['openai', `\n\n \n${completion({ content: 'Hello' })}`],
  ['anthropic', anthropicMessage],
  ['ollama', ollamaLine('Hello', { done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 2 })],
] as const)('a whole answer to a request that streams becomes chunks: %s', async (dialect, body) => {
  for (const contentType of ['application/json', 'text/event-stream']) {
    const { fault, chunks, requests, reply } = await ask(body, { dialect, contentType, stream: true });
    expect(fault).toBeUndefined();
    expect(textOf(chunks)).toBe('Hello');
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason).filter(Boolean)).toEqual(['stop']);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: expect.any(Number) as number },
    });
    expect(reply.trailer?.usage.outputTokens).toBeGreaterThan(0);
    expect(requests).toBe(1);
  }
});

test.each([
  { annotations: {} },
  { audio: {} },
  { refusal: false },
  { logprobs: [] },
  { system_fingerprint: 12 },
])('fields in a form of their own are no failure, whole and streamed: %j', async (fields) => {
  const body = JSON.stringify({
    ...(JSON.parse(completion({ content: 'Hello' })) as object),
    ...fields,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello', ...fields },
        finish_reason: 'stop',
        ...fields,
      },
    ],
  });
  const { fault, chunks } = await ask(body, { stream: true });
  expect(fault).toBeUndefined();
  expect(textOf(chunks)).toBe('Hello');
  const odd = JSON.stringify({
    ...{ ...head, object: 'chat.completion.chunk', ...fields },
    choices: [{ index: 0, delta: { content: 'Hello', ...fields }, finish_reason: 'stop', ...fields }],
  });
  const whole = await ask(events(odd, '[DONE]'), { stream: false });
  expect(whole.fault).toBeUndefined();
  expect(whole.reply.body).toContain('Hello');
});

test.each([
  ['openai', completion({ content: 'Hello' }), helloEvents],
  ['anthropic', anthropicMessage, anthropicEvents],
  ['ollama', ollamaLine('Hello', { done: true }), ollamaLines],
] as const)("the mark of UTF-8 before %s's answers is none of them", async (dialect, whole, streamed) => {
  for (const body of [whole, streamed]) {
    const marked = await ask(`\uFEFF${body}`, { dialect, stream: true });
    expect([marked.fault, textOf(marked.chunks)]).toEqual([undefined, 'Hello']);
    const { fault, reply } = await ask(`\uFEFF${body}`, { dialect, stream: false });
    expect([fault, reply.body]).toEqual([undefined, expect.stringContaining('"Hello"')]);
  }
});

test('tool calls and fields that nobody knows are in the chunks of a whole answer', async () => {
  const message = { content: null, tool_calls: [call, { ...call, id: 'call_2' }], mood: 'good' };
  const { chunks } = await ask(completion(message, 'tool_calls'), { stream: true });
  expect(chunks[0]?.choices[0]?.delta).toMatchObject({
    mood: 'good',
    tool_calls: [
      { index: 0, ...call },
      { index: 1, ...call, id: 'call_2' },
    ],
  });
});

test.each([
  ['openai', 'application/json', helloEvents],
  ['openai', 'text/event-stream', `: wait\n\n${helloEvents}`],
  ['anthropic', 'text/event-stream', anthropicEvents],
  ['ollama', 'application/x-ndjson', ollamaLines],
] as const)(
  'a stream that nobody asked for becomes an answer: %s, %s',
  async (dialect, contentType, body) => {
    const { fault, reply, requests } = await ask(body, { dialect, contentType, stream: false });
    expect(fault).toBeUndefined();
    expect(JSON.parse(reply.body ?? '')).toMatchObject({
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: expect.any(Number) as number },
    });
    expect(reply.trailer?.usage.outputTokens).toBeGreaterThan(0);
    expect(requests).toBe(1);
  },
);

test('an answer of several choices, calls and thoughts is put together from its pieces', async () => {
  const piece = (index: number, delta: object, finish: string | null = null) =>
    JSON.stringify({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index, delta, finish_reason: finish }],
    });
  const body = events(
    piece(0, { role: 'assistant', reasoning_content: 'Hm' }),
    piece(1, { role: 'assistant', content: 'B' }),
    piece(0, { reasoning_content: '.' }),
    piece(0, { tool_calls: [{ index: 0, ...call, function: { name: 'f', arguments: '{"a"' } }] }),
    piece(0, { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
    piece(0, { images: [{ index: 0, type: 'image_url', image_url: { url: 'data:1' } }] }),
    piece(0, { images: [{ index: 0, type: 'image_url', image_url: { url: 'data:2' } }] }),
    piece(0, {}, 'tool_calls'),
    piece(1, {}, 'stop'),
    '[DONE]',
  );
  const { reply } = await ask(body, { stream: false, n: 2 });
  const { choices } = JSON.parse(reply.body ?? '') as { choices: object[] };
  expect(choices).toMatchObject([
    {
      index: 0,
      message: {
        reasoning_content: 'Hm.',
        tool_calls: [call],
        images: [{ image_url: { url: 'data:1' } }, { image_url: { url: 'data:2' } }],
      },
      finish_reason: 'tool_calls',
    },
    { index: 1, message: { content: 'B' }, finish_reason: 'stop' },
  ]);
});

test.each([
  ['a page', '<!doctype html><p>Sign in</p>', 'upstream_invalid_response'],
  [
    'an error',
    '{"error":{"code":"context_length_exceeded","message":"too long"}}',
    'context_length_exceeded',
  ],
  [
    'an error as an event',
    'data: {"error":{"code":"context_length_exceeded","message":"too long"}}\n\n',
    'context_length_exceeded',
  ],
  ['nothing', '', 'upstream_invalid_response'],
  ['a stream that is cut', events(chunk({ content: 'Hel' })), 'upstream_stream_cut'],
])('what is no answer stays none, in either form: %s', async (_, body, code) => {
  for (const stream of [true, false]) {
    const { fault } = await ask(body, { contentType: 'text/event-stream', stream });
    if (body !== '' || stream) expect(fault).toMatchObject({ code });
    expect(fault).toBeDefined();
  }
});

test('a last event without its blank line counts, and a cut is still a cut', async () => {
  const cases: [string, string | undefined, object | undefined][] = [
    [events(...hello).slice(0, -1), undefined, undefined],
    [events(...hello, usageChunk).slice(0, -2), undefined, usage],
    [events(...hello, usageChunk, '[DONE]').slice(0, -2), undefined, usage],
    [events(...hello).slice(0, -9), 'upstream_stream_cut', undefined],
  ];
  for (const [body, code, told] of cases) {
    const { fault, chunks } = await ask(body, { contentType: 'text/event-stream', stream: true });
    expect(fault?.code).toBe(code);
    expect(textOf(chunks)).toBe('Hello');
    if (told) expect(chunks.at(-1)?.usage).toMatchObject(told);
  }
  const { fault } = await ask(anthropicEvents.slice(0, -1), { dialect: 'anthropic', stream: true });
  expect(fault).toBeUndefined();
});

test('an error that comes as an event is read, whatever its status', async () => {
  const host = await startHost((_, response) => {
    response.writeHead(400, { 'content-type': 'text/event-stream' });
    response.end('data: {"error":{"code":"context_length_exceeded","message":"too long"}}\n\n');
  });
  const { done } = createCompleterOf([hostProvider(host.url)]).ask({ model: 'host/m', stream: true });
  expect(await done).toMatchObject({ code: 'context_length_exceeded' });
});

/** Two targets: the first answers as it is told, the second well. */
async function startTwo(first: Parameters<typeof startHost>[0], fields: object, ofFirst: object = {}) {
  const hosts = [await startHost(first), await startHost((_, response) => response.end(helloEvents))];
  const providers = hosts.map(({ url }, index) => hostProvider(url, { name: `p${index}` }));
  const config = {
    strategy: { mode: 'fallback' },
    targets: providers.map(({ name }, index) => ({
      ...(index === 0 && ofFirst),
      provider: name,
      override_params: { model: 'm' },
    })),
    ...fields,
  };
  const clock = new FakeClock(Date.now());
  return { hosts, clock, completer: createCompleterOf(providers, { config, clock }) };
}

test.each([
  ['comments', ': keep-alive\n\n'],
  ['pieces without content', events(chunk({ role: 'assistant', content: '' }))],
])('a stream that brings no content in time is given up, however many %s it sends', async (_, noise) => {
  let sent = 0;
  const { clock, completer, hosts } = await startTwo(
    (_request, response) => {
      response.setHeader('content-type', 'text/event-stream').write(noise);
      const timer = setInterval(() => {
        response.write(noise);
        sent++;
      }, 5);
      onTestFinished(() => {
        clearInterval(timer);
      });
    },
    {},
    { first_content_timeout: 20_000, idle_timeout: 5_000 },
  );
  const { reply, done } = completer.ask({ model: 'm', stream: true });
  await eventually(() => {
    expect(sent).toBeGreaterThan(3);
  });
  clock.advance(20_000);
  expect(await done).toBeUndefined();
  expect(textOf(reply.chunks.map(parse))).toBe('Hello');
  expect(hosts.map(({ requests }) => requests.length)).toEqual([1, 1]);
  expect(completer.attempts[0]).toMatchObject({ outcome: 'upstream_timeout' });
});

test('the limit to the first content ends no stream that has begun to say something', async () => {
  let finish: () => unknown = () => undefined;
  const { clock, completer } = await startTwo(
    (_, response) => {
      response.setHeader('content-type', 'text/event-stream').write(events(chunk({ content: 'A' })));
      finish = () => response.end(events(chunk({ content: 'B' }), chunk({}, 'stop'), '[DONE]'));
    },
    {},
    { first_content_timeout: 20_000 },
  );
  const { reply, done } = completer.ask({ model: 'm', stream: true });
  await eventually(() => {
    expect(reply.chunks).toHaveLength(1);
  });
  clock.advance(60_000);
  finish();
  expect(await done).toBeUndefined();
  expect(textOf(reply.chunks.map(parse))).toBe('AB');
});

test.each([true, false])(
  'an empty answer is an answer, with a warning, and no reason to ask again: streamed %s',
  async (stream) => {
    const body = stream
      ? events(chunk({ role: 'assistant', content: '' }), chunk({}, 'stop'), '[DONE]')
      : completion({ content: null });
    const answer: Parameters<typeof startHost>[0] = (_, response) =>
      response.setHeader('content-type', stream ? 'text/event-stream' : 'application/json').end(body);
    const asked = async (fields: object) => {
      const { completer, hosts } = await startTwo(answer, { retry: { attempts: 2 }, ...fields });
      const { reply, done } = completer.ask({ model: 'm', stream });
      expect(await done).toBeUndefined();
      return { reply, completer, counts: hosts.map(({ requests }) => requests.length) };
    };
    const accepted = await asked({});
    expect(accepted.counts).toEqual([1, 0]);
    expect(accepted.reply.heads[0]?.warnings).toEqual([expect.stringContaining('nothing')]);
    expect(await accepted.completer.metrics.expose()).toMatch(/empty_answers_total\{provider="p0"[^}]*\} 1/);

    const another = await asked({
      on_empty_answer: 'fallback',
      strategy: { mode: 'fallback', on_status_codes: [429] },
    });
    expect(another.counts).toEqual([1, 1]);
    expect(another.reply.heads).toMatchObject([{ provider: 'p1', warnings: [], fallbacks: 1 }]);
    expect(another.completer.attempts[0]).toMatchObject({ outcome: 'upstream_empty_answer' });
  },
);

test('where no other target is left, an empty answer is passed on all the same', async () => {
  const host = await startHost((_, response) => response.end(completion({ content: '' })));
  const config = { on_empty_answer: 'fallback' };
  const { reply, done } = createCompleterOf([hostProvider(host.url)], { config }).ask({ model: 'host/m' });
  expect(await done).toBeUndefined();
  expect(reply.body).toBe(completion({ content: '' }));
  expect(host.requests).toHaveLength(1);
});

test.each([true, false])(
  'where the target that is asked instead fails, the empty answer is passed on: streamed %s',
  async (stream) => {
    const body = stream
      ? events(chunk({ role: 'assistant', content: '' }), chunk({}, 'stop'), '[DONE]')
      : completion({ content: '' });
    const host = await startHost((_, response) =>
      response.setHeader('content-type', stream ? 'text/event-stream' : 'application/json').end(body),
    );
    const broken = await startHost((_, response) => response.writeHead(500).end());
    const providers = [hostProvider(host.url, { name: 'p0' }), hostProvider(broken.url, { name: 'p1' })];
    const config = {
      on_empty_answer: 'fallback',
      strategy: { mode: 'fallback' },
      targets: [{ provider: 'p0' }, { provider: 'p1' }],
    };
    const { reply, done } = createCompleterOf(providers, { config }).ask({ model: 'm', stream });
    expect(await done).toBeUndefined();
    expect(broken.requests).toHaveLength(1);
    expect(reply.heads).toMatchObject([
      { provider: 'p0', warnings: [expect.stringContaining('nothing')], attempts: 2 },
    ]);
    if (stream)
      expect(reply.chunks.map(parse).at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
    else expect(reply).toMatchObject({ body, trailer: { usage: { outputTokens: 7 } } });
  },
);

test('an empty answer waits for a target that was asked beside it', async () => {
  const clock = new FakeClock();
  const answers: (() => void)[] = [];
  const slow = (content: string) =>
    startHost((_, response) => {
      answers.push(() => response.end(completion({ content })));
    });
  const hosts = [await slow(''), await slow('Hello')];
  const config = {
    on_empty_answer: 'fallback',
    hedge: { delay_ms: 100 },
    strategy: { mode: 'fallback' },
    targets: [{ provider: 'p0' }, { provider: 'p1' }],
  };
  const providers = hosts.map(({ url }, index) => hostProvider(url, { name: `p${index}` }));
  const completer = createCompleterOf(providers, { config, clock });
  const { reply, done } = completer.ask({ model: 'm' });
  await eventually(() => {
    expect(hosts[0]?.requests).toHaveLength(1);
  });
  clock.advance(100);
  await eventually(() => {
    expect(answers).toHaveLength(2);
  });
  answers[0]?.();
  await eventually(() => {
    expect(completer.attempts).toHaveLength(1);
  });
  answers[1]?.();
  expect(await done).toBeUndefined();
  expect(reply.heads).toMatchObject([{ provider: 'p1' }]);
});
