import Anthropic from '@anthropic-ai/sdk';
import { Stream as AnthropicStream } from '@anthropic-ai/sdk/streaming';
import { chatChunkSchema } from '@weir/contracts/chat/chunk';
import { chatCompletionSchema } from '@weir/contracts/chat/completion';
import { createParser } from 'eventsource-parser';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { Stream as OpenAIStream } from 'openai/streaming';
import type { Pool } from 'undici';
import { z } from 'zod';
import { wireForms } from './wire-forms.ts';

/** One way to ask one provider. Each call resolves to the number of events or fields it has read. */
export interface Caller {
  readonly provider: keyof typeof wireForms;
  readonly way: string;
  whole(): Promise<unknown>;
  stream(): Promise<unknown>;
}

const messages = [{ role: 'user' as const, content: 'Say something about foxes, and be brief about it.' }];
const openaiRequest = { model: 'gpt-5-mini', messages, max_completion_tokens: 4_096 };
const anthropicRequest = { model: 'claude-opus-5', messages, max_tokens: 4_096 };
const ollamaRequest = { model: 'llama3.2', messages, options: { num_predict: 4_096 } };

const anthropicMessageSchema = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  usage: z.looseObject({ input_tokens: z.number(), output_tokens: z.number() }),
});
const anthropicEventSchema = z.looseObject({
  type: z.string(),
  delta: z.looseObject({ type: z.string().optional(), text: z.string().optional() }).optional(),
});
const ollamaRecordSchema = z.looseObject({
  message: z.looseObject({ role: z.string(), content: z.string() }),
  done: z.boolean(),
});

async function drain(events: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const event of events) if (event !== undefined) count++;
  return count;
}

/** The SDKs as their documentation has them, over the `fetch` given or their own. */
export function sdkCallers(origin: string, way: string, fetch?: typeof globalThis.fetch): Caller[] {
  const options = { apiKey: 'none', maxRetries: 0, ...(fetch && { fetch }) };
  const openai = new OpenAI({ ...options, baseURL: `${origin}/v1` });
  const anthropic = new Anthropic({ ...options, baseURL: origin });
  // A client per request, since its abort() ends every call that it makes.
  const ollama = () => new Ollama({ host: origin, ...(fetch && { fetch }) });
  return [
    {
      provider: 'openai',
      way,
      whole: () => openai.chat.completions.create(openaiRequest),
      stream: async () => drain(await openai.chat.completions.create({ ...openaiRequest, stream: true })),
    },
    {
      provider: 'anthropic',
      way,
      whole: () => anthropic.messages.create(anthropicRequest),
      stream: async () => drain(await anthropic.messages.create({ ...anthropicRequest, stream: true })),
    },
    {
      provider: 'ollama',
      way,
      whole: () => ollama().chat({ ...ollamaRequest, stream: false }),
      stream: async () => drain(await ollama().chat({ ...ollamaRequest, stream: true })),
    },
  ];
}

/** A `fetch` that is a pool's `request()` in the form of the standard, and no more. */
export function pooledFetch(pool: Pool): typeof globalThis.fetch {
  return async (input, init) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    const { statusCode, headers, body } = await pool.request({
      path: pathname + search,
      method: init?.method === 'POST' ? 'POST' : 'GET',
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: init?.body as string,
    });
    const contentType = { 'content-type': String(headers['content-type']) };
    return new Response(body, { status: statusCode, headers: contentType });
  };
}

/** `pool.request()` and a schema; for streams eventsource-parser, or lines cut by hand. */
export function plainCallers(pool: Pool, way: string): Caller[] {
  const ask = (provider: keyof typeof wireForms, request: object) =>
    pool.request({
      path: wireForms[provider].path,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
      body: JSON.stringify(request),
    });
  const readWhole = async (provider: keyof typeof wireForms, request: object, schema: z.ZodType) => {
    const { body } = await ask(provider, request);
    return schema.parse(JSON.parse(await body.text()));
  };
  const readEvents = async (provider: keyof typeof wireForms, request: object, schema: z.ZodType) => {
    const { body } = await ask(provider, { ...request, stream: true });
    let count = 0;
    const parser = createParser({
      onEvent: ({ data }) => {
        if (data !== '[DONE]' && schema.safeParse(JSON.parse(data)).success) count++;
      },
    });
    const decoder = new TextDecoder();
    for await (const bytes of body) parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }));
    return count;
  };
  const readLines = async (request: object, schema: z.ZodType) => {
    const { body } = await ask('ollama', { ...request, stream: true });
    let count = 0;
    let rest = '';
    const decoder = new TextDecoder();
    for await (const bytes of body) {
      const lines = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (schema.safeParse(JSON.parse(line)).success) count++;
    }
    return count;
  };
  return [
    {
      provider: 'openai',
      way,
      whole: () => readWhole('openai', openaiRequest, chatCompletionSchema),
      stream: () => readEvents('openai', openaiRequest, chatChunkSchema),
    },
    {
      provider: 'anthropic',
      way,
      whole: () => readWhole('anthropic', anthropicRequest, anthropicMessageSchema),
      stream: () => readEvents('anthropic', anthropicRequest, anthropicEventSchema),
    },
    {
      provider: 'ollama',
      way,
      whole: () => readWhole('ollama', { ...ollamaRequest, stream: false }, ollamaRecordSchema),
      stream: () => readLines(ollamaRequest, ollamaRecordSchema),
    },
  ];
}

/** `pool.request()` for the transport, the SDK's own decoder for the stream. */
export function sdkParserCallers(pool: Pool, way: string): Caller[] {
  const ask = async (provider: keyof typeof wireForms, request: object) => {
    const { body } = await pool.request({
      path: wireForms[provider].path,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
      body: JSON.stringify(request),
    });
    return new Response(body);
  };
  const whole = async (provider: keyof typeof wireForms, request: object): Promise<unknown> =>
    (await ask(provider, request)).json();
  const streamed = { stream: true };
  return [
    {
      provider: 'openai',
      way,
      whole: () => whole('openai', openaiRequest),
      stream: async () =>
        drain(
          OpenAIStream.fromSSEResponse(
            await ask('openai', { ...openaiRequest, ...streamed }),
            new AbortController(),
          ),
        ),
    },
    {
      provider: 'anthropic',
      way,
      whole: () => whole('anthropic', anthropicRequest),
      stream: async () =>
        drain(
          AnthropicStream.fromSSEResponse(
            await ask('anthropic', { ...anthropicRequest, ...streamed }),
            new AbortController(),
          ),
        ),
    },
  ];
}
