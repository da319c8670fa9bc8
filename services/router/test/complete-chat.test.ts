import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import { Fault } from '@weir/service-kit/fault';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import type { Fault as ScriptedFault } from '@weir/testkit/providers/fault';
import { dnsFailureUrl, refusedUrl, tlsFailureUrl } from '@weir/testkit/providers/unreachable';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createCompleter } from './completer.ts';
import { collectChunks } from './recorded/collect-chunks.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterEach(() => {
  provider.reset();
});
afterAll(() => provider.close());

const models = { openai: 'gpt-4o', anthropic: 'claude-haiku-4-5', ollama: 'llama3.2' };
type Name = keyof typeof models;
const names = Object.keys(models) as Name[];

/** Which fault a caller sees, streaming or not. */
const faults: [string, ScriptedFault, string | RegExp][] = [
  ['a wrong key', { kind: 'invalid_key' }, 'upstream_credentials_rejected'],
  ['too long a conversation', { kind: 'context_length' }, 'context_length_exceeded'],
  ['a content policy', { kind: 'content_policy', form: 'error' }, 'content_policy_violation'],
  ['an error of the server', { kind: 'status', status: 500 }, 'upstream_error'],
  ['no capacity', { kind: 'status', status: 503 }, 'upstream_overloaded'],
  ['a reset connection', { kind: 'reset' }, 'upstream_unreachable'],
  ['an error inside a 200', { kind: 'error_in_200' }, /^upstream_(error|overloaded)$/],
  ['no body', { kind: 'empty_answer', form: 'no_body' }, 'upstream_invalid_response'],
  ['a web page', { kind: 'wrong_content_type' }, 'upstream_invalid_response'],
  ['malformed JSON', { kind: 'malformed_json', afterChunks: 0 }, 'upstream_invalid_response'],
  ['a cut connection', { kind: 'cut', afterChunks: 0 }, 'upstream_stream_cut'],
];

describe.each(names)('%s', (name) => {
  const model = `${name}/${models[name]}`;

  test('an answer comes whole', async () => {
    provider.script({ answer: 'Hi there' });
    const { reply, done } = createCompleter(provider.url).ask({ model, seed: 7 });
    expect(await done).toBeUndefined();
    const completion = chatCompletionSchema.parse(JSON.parse(reply.body ?? ''));
    expect(completion.choices[0]?.message.content).toBe('Hi there');
    expect(reply.heads).toMatchObject([{ provider: name, model: models[name] }]);
    expect(reply.chunks).toEqual([]);
    expect(reply.trailer?.usage).toMatchObject({ source: 'provider', modelServed: models[name] });
    expect(reply.trailer?.upstreamMs).toBeGreaterThan(0);
  });

  test('an answer streams, its head before its first chunk, its usage counted and not told unasked', async () => {
    provider.script({ answer: 'Hi there, how are you?' });
    const { reply, done } = createCompleter(provider.url).ask({ model, stream: true });
    expect(await done).toBeUndefined();
    expect(collectChunks(reply.chunks)).toMatchObject({
      content: 'Hi there, how are you?',
      finishReasons: ['stop'],
      usage: undefined,
    });
    expect(reply.heads).toHaveLength(1);
    expect(reply.body).toBe('');
    expect(reply.trailer?.usage.source).toBe('provider');
  });

  test('usage is told where it was asked for, and is what the trailer says', async () => {
    const asked = { stream: true, stream_options: { include_usage: true } };
    const { reply, done } = createCompleter(provider.url).ask({ model, ...asked });
    await done;
    const told = collectChunks(reply.chunks).usage;
    expect(told?.completion_tokens).toBe(reply.trailer?.usage.outputTokens);
    expect(told?.prompt_tokens).toBeGreaterThan(0);
  });

  test('no request has a cap that the caller did not ask for, but where the protocol needs one, and that is told', async () => {
    const { reply, done } = createCompleter(provider.url).ask({ model });
    await done;
    const hasCap = /"(max_completion_tokens|max_tokens|num_predict)":\d+/.test(
      JSON.stringify(provider.requests[0]?.body),
    );
    expect(hasCap).toBe(name === 'anthropic');
    expect(reply.heads[0]?.warnings).toEqual(
      name === 'anthropic' ? [expect.stringMatching(/^max_tokens was set to \d+$/)] : [],
    );
  });

  test('an unknown model is told as such', async () => {
    const { done } = createCompleter(provider.url).ask({ model: `${name}/missing-model` });
    expect(await done).toMatchObject({ code: 'model_not_found' });
  });

  test.each(faults)('a failure is mapped, and nothing was sent before it: %s', async (_, fault, code) => {
    provider.script({ fault });
    const completer = createCompleter(provider.url);
    for (const stream of [false, true]) {
      const { reply, done } = completer.ask({ model, stream });
      const thrown = await done;
      expect(thrown).toBeInstanceOf(Fault);
      expect(thrown?.code).toMatch(code);
      expect(reply).toMatchObject({ heads: [], chunks: [], trailer: undefined });
    }
  });

  test('a rate limit says how long to wait, and whose it is', async () => {
    provider.script({ fault: { kind: 'status', status: 429, retryAfter: 7 } });
    const { done } = createCompleter(provider.url).ask({ model });
    expect(await done).toMatchObject({
      code: 'upstream_rate_limited',
      details: { retryAfterMs: 7_000, provider: name },
    });
  });

  test.each(['cut', 'clean_cut'] as const)(
    'a stream that breaks after content ends in a fault: %s',
    async (kind) => {
      provider.script({ answer: 'one two three four five six', fault: { kind, afterChunks: 6 } });
      const { reply, done } = createCompleter(provider.url).ask({ model, stream: true });
      expect(await done).toMatchObject({ code: 'upstream_stream_cut' });
      expect(reply.chunks.length).toBeGreaterThan(0);
      expect(reply.trailer).toBeUndefined();
    },
  );

  test('a stall is not waited for without end', async () => {
    provider.script({ answer: 'one two three four five', fault: { kind: 'stall', afterChunks: 5 } });
    const { done } = createCompleter(provider.url, { idleTimeoutMs: 150 }).ask({ model, stream: true });
    expect(await done).toMatchObject({ code: 'upstream_timeout' });
  });

  test('nor is a first byte', async () => {
    provider.script({ fault: { kind: 'slow_first_byte', delayMs: 60_000 } });
    const { done } = createCompleter(provider.url, { firstByteTimeoutMs: 150 }).ask({ model });
    expect(await done).toMatchObject({ code: 'upstream_timeout' });
  });

  // A latency is what the code can do: a machine that stood still for a moment may try again.
  test(
    'a caller that goes away before the first token ends the request at the provider within 100 ms',
    { retry: 2 },
    async () => {
      provider.script({ fault: { kind: 'slow_first_byte', delayMs: 60_000, after: 'headers' } });
      const caller = new AbortController();
      const { reply, done } = createCompleter(provider.url).ask({ model, stream: true }, caller);
      await provider.waitFor(() => true);
      const leftAtMs = Date.now();
      caller.abort(new Fault('client_closed_request'));
      expect(await done).toMatchObject({ code: 'client_closed_request' });
      const { abortedAt = Infinity } = await provider.waitFor(({ abortedAt }) => abortedAt !== undefined);
      expect(abortedAt - leftAtMs).toBeLessThan(100);
      expect(reply.heads).toEqual([]);
    },
  );

  test('a tool and its call find their way there and back', async () => {
    const tool = {
      type: 'function' as const,
      function: {
        name: 'get_weather',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    };
    const messages = [{ role: 'user' as const, content: 'Please call the tool' }];
    for (const stream of [false, true]) {
      const { reply, done } = createCompleter(provider.url).ask({ model, stream, tools: [tool], messages });
      expect(await done).toBeUndefined();
      const call = stream
        ? collectChunks(reply.chunks).toolCalls[0]
        : chatCompletionSchema.parse(JSON.parse(reply.body ?? '')).choices[0]?.message.tool_calls?.[0];
      expect(JSON.stringify(call)).toContain('get_weather');
    }
  });
});

test('a provider that cannot be reached is told, whatever is in the way', async () => {
  for (const url of [await refusedUrl(), tlsFailureUrl(provider), dnsFailureUrl()]) {
    const { done } = createCompleter(url).ask({});
    expect(await done).toMatchObject({ code: 'upstream_unreachable', details: { provider: 'openai' } });
  }
});

test('a requester that is behind is waited for', async () => {
  provider.script({ answer: 'one two three four five six seven' });
  const { reply, done } = createCompleter(provider.url).ask({ stream: true });
  const gate = Promise.withResolvers<undefined>();
  reply.behind = gate.promise;
  await provider.waitFor(({ finished }) => finished);
  expect(reply.chunks.length).toBeLessThanOrEqual(1);
  reply.behind = undefined;
  gate.resolve(undefined);
  expect(await done).toBeUndefined();
  expect(collectChunks(reply.chunks).content).toBe('one two three four five six seven');
});

test('what happened is counted, by provider and outcome', async () => {
  const completer = createCompleter(provider.url);
  await completer.ask({ stream: true }).done;
  provider.script({ fault: { kind: 'status', status: 500 } });
  await completer.ask({}).done;
  const exposed = await completer.metrics.expose();
  expect(exposed).toMatch(/weir_upstream_requests_total\{provider="openai",outcome="ok",.*\} 1/);
  expect(exposed).toMatch(/weir_upstream_requests_total\{provider="openai",outcome="upstream_error",.*\} 1/);
  expect(exposed).toMatch(/weir_upstream_duration_seconds_count\{.*provider="openai".*\} 2/);
  expect(exposed).toMatch(/weir_upstream_time_to_first_token_seconds_count\{.*provider="openai".*\} 1/);
});
