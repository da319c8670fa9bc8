import { chatChunkSchema } from '@weir/contracts/chat/chunk';
import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import { createParser } from 'eventsource-parser';
import type { Pool } from 'undici';
import { z } from 'zod';
import { ask, type Caller, type ProviderName } from './caller.ts';

const anthropicMessage = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  usage: z.looseObject({ input_tokens: z.number(), output_tokens: z.number() }),
});
const anthropicEvent = z.looseObject({
  type: z.string(),
  delta: z.looseObject({ type: z.string().optional(), text: z.string().optional() }).optional(),
});
const ollamaRecord = z.looseObject({
  message: z.looseObject({ role: z.string(), content: z.string() }),
  done: z.boolean(),
});

/** `Pool.request()`, a parser of frames, and a schema for what is in them. */
export function plainCallers(pool: Pool, way: string): Caller[] {
  const whole = async (provider: ProviderName, schema: z.ZodType) =>
    schema.parse(await (await ask(pool, provider, false)).body.json());
  const stream = async (
    provider: ProviderName,
    schema: z.ZodType,
    createDecoder: typeof createSseDecoder,
  ) => {
    let count = 0;
    const decode = createDecoder((data) => {
      if (data !== '[DONE]' && schema.safeParse(JSON.parse(data)).success) count++;
    });
    const { body } = await ask(pool, provider, true);
    const text = new TextDecoder();
    for await (const bytes of body) decode(text.decode(bytes as Uint8Array, { stream: true }));
    return count;
  };
  return [
    {
      provider: 'openai',
      way,
      whole: () => whole('openai', chatCompletionSchema),
      stream: () => stream('openai', chatChunkSchema, createSseDecoder),
    },
    {
      provider: 'anthropic',
      way,
      whole: () => whole('anthropic', anthropicMessage),
      stream: () => stream('anthropic', anthropicEvent, createSseDecoder),
    },
    {
      provider: 'ollama',
      way,
      whole: () => whole('ollama', ollamaRecord),
      stream: () => stream('ollama', ollamaRecord, createLineDecoder),
    },
  ];
}

type OnData = (data: string) => void;

function createSseDecoder(onData: OnData): (text: string) => void {
  const parser = createParser({
    onEvent: ({ data }) => {
      onData(data);
    },
  });
  return (text) => {
    parser.feed(text);
  };
}

function createLineDecoder(onData: OnData): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onData);
  };
}
