import { testKey } from '@weir/testkit/gateway';
import type { Fault } from '@weir/testkit/providers/fault';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { dialects, startFaultFixture, type FaultFixture } from './helpers/fault-fixture.ts';

let fixture: FaultFixture;
beforeAll(async () => {
  fixture = await startFaultFixture();
});
afterAll(() => fixture.close());
afterEach(() => {
  fixture.faulty.reset();
  fixture.good.reset();
});

const pairs = dialects.flatMap((from) => dialects.map((to) => ({ from, to })));

/** Health is kept by model. */
let models = 0;

/** Asks as the official SDK does; resolves to all chunks. */
async function ask(from: string, to: string): Promise<OpenAI.ChatCompletionChunk[]> {
  const config = {
    strategy: { mode: 'fallback' },
    on_stream_failure: 'continue',
    targets: [{ provider: `${from}-faulty`, idle_timeout: 400 }, { provider: `${to}-good` }],
  };
  const openai = new OpenAI({
    baseURL: fixture.gateway.baseUrl,
    apiKey: testKey,
    maxRetries: 0,
    defaultHeaders: { 'x-weir-config': JSON.stringify(config) },
  });
  const stream = await openai.chat.completions.create({
    model: `m-${models++}`,
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: 'Count.' }],
  });
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const textOf = (chunks: OpenAI.ChatCompletionChunk[]) =>
  chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? '')).join('');

const partial = 'one two three four five six seven eight';
const rest = '... and so on, to the end.';

const bodySchema = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.unknown() })),
});

/** What the target that went on was told that the other had said already, in whatever form its protocol has for it. */
function saidBefore(): string {
  const [request] = fixture.good.requests;
  const { messages } = bodySchema.parse(request?.body);
  return JSON.stringify(messages.find(({ role }) => role === 'assistant')?.content);
}

function expectOneStream(chunks: OpenAI.ChatCompletionChunk[]): void {
  const text = textOf(chunks);
  const begun = text.slice(0, -rest.length);
  expect(text.endsWith(rest)).toBe(true);
  expect(begun.length).toBeGreaterThan(0);
  expect(partial.startsWith(begun)).toBe(true);
  expect(saidBefore()).toContain(begun.trimEnd());
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  expect(new Set(chunks.map(({ model }) => model)).size).toBe(1);
  const finishReasons = chunks.flatMap(({ choices }) => choices.map((choice) => choice.finish_reason));
  expect(finishReasons.filter(Boolean)).toEqual(['stop']);
  expect(chunks.filter(({ usage }) => usage)).toHaveLength(1);
  expect([fixture.faulty.requests.length, fixture.good.requests.length]).toEqual([1, 1]);
}

describe('a stream that breaks in its middle, where the config says to go on', () => {
  test.each(pairs)('at $from, is gone on with at $to: the SDK sees one stream', async ({ from, to }) => {
    fixture.faulty.script({ answer: partial, fault: { kind: 'cut', afterChunks: 6 } });
    fixture.good.script({ answer: rest });
    expectOneStream(await ask(from, to));
  });

  test.each<[string, Fault]>([
    ['a stall', { kind: 'stall', afterChunks: 6 }],
    ['an end without its end', { kind: 'clean_cut', afterChunks: 6 }],
    ['malformed JSON', { kind: 'malformed_json', afterChunks: 6 }],
    ['an error event', { kind: 'error_in_200', afterChunks: 6 }],
  ])('by %s, is gone on with too', async (_name, fault) => {
    fixture.faulty.script({ answer: partial, fault });
    fixture.good.script({ answer: rest });
    expectOneStream(await ask('openai', 'anthropic'));
  });

  test('and breaks again, where nobody is left, ends in an error', async () => {
    fixture.faulty.script({ answer: partial, fault: { kind: 'cut', afterChunks: 6 } });
    fixture.good.script({ answer: rest, fault: { kind: 'cut', afterChunks: 6 } });
    await expect(ask('openai', 'ollama')).rejects.toBeInstanceOf(OpenAI.APIError);
  });
});
