import { RECORDS_BEFORE_CONTENT, type Fault } from '@weir/testkit/providers/fault';
import type OpenAI from 'openai';
import { expect } from 'vitest';
import type { GatewayFixture } from './gateway-fixture.ts';

export const dialects = ['openai', 'anthropic', 'ollama'] as const;
export type Dialect = (typeof dialects)[number];

const sent = 'one two three four five ';
export const whole = `${sent}six seven eight.`;

/** What a target that goes on after the break gives. */
export const manners = {
  'goes on': 'six seven eight.',
  'begins again': whole,
  'says some words again': 'four five six seven eight.',
};

const routes = { openai: 'openai_chat', anthropic: 'anthropic_messages', ollama: 'ollama_chat' } as const;

/** After how many records of a stream the client has been sent what the next target is given. */
export const afterChunks = (dialect: Dialect) => RECORDS_BEFORE_CONTENT[routes[dialect]] + 5;

interface ContinuedStream {
  readonly from: Dialect;
  readonly to: Dialect;
  /** Of the first target's stream. */
  readonly fault: Fault;
  readonly answer: string;
  /** Of the second's. */
  readonly nextFault?: Fault;
  readonly model: string;
}

/** Asks as the official SDK does, for a stream that breaks at one target and is continued at another; resolves to all chunks. */
export async function readContinued(
  { openai, provider }: GatewayFixture,
  { from, to, fault, answer, nextFault, model }: ContinuedStream,
): Promise<OpenAI.ChatCompletionChunk[]> {
  provider.script({ answer: whole, fault, times: 1 });
  provider.script({ answer, ...(nextFault && { fault: nextFault }) });
  const config = {
    strategy: { mode: 'fallback' },
    on_stream_failure: 'continue',
    targets: [{ provider: from }, { provider: to }],
  };
  const stream = await openai.chat.completions.create(
    {
      model,
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'Count.' }],
    },
    { headers: { 'x-weir-config': JSON.stringify(config) } },
  );
  const chunks: OpenAI.ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** The client has the whole answer once, as one stream, and the second target was told what the first had said. */
export function expectOneStream({ provider }: GatewayFixture, chunks: OpenAI.ChatCompletionChunk[]): void {
  const choices = chunks.flatMap((chunk) => chunk.choices);
  expect(choices.map(({ delta }) => delta.content ?? '').join('')).toBe(whole);
  expect(new Set(chunks.map(({ id, model }) => `${id} ${model}`)).size).toBe(1);
  expect(choices.map((choice) => choice.finish_reason).filter(Boolean)).toEqual(['stop']);
  expect(chunks.filter(({ usage }) => usage)).toHaveLength(1);
  const [, second, ...more] = provider.requests;
  expect(more).toEqual([]);
  const { messages } = second?.body as { messages: { role: string; content: unknown }[] };
  const said = messages.find(({ role }) => role === 'assistant');
  expect(JSON.stringify(said?.content)).toContain(sent.trimEnd());
}
