import Anthropic from '@anthropic-ai/sdk';
import { Stream as AnthropicStream } from '@anthropic-ai/sdk/streaming';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { Stream as OpenAIStream } from 'openai/streaming';
import type { Pool } from 'undici';
import { ask, requests, type Caller, type ProviderName } from './caller.ts';

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
      whole: () => openai.chat.completions.create(requests.openai),
      stream: async () => drain(await openai.chat.completions.create({ ...requests.openai, stream: true })),
    },
    {
      provider: 'anthropic',
      way,
      whole: () => anthropic.messages.create(requests.anthropic),
      stream: async () => drain(await anthropic.messages.create({ ...requests.anthropic, stream: true })),
    },
    {
      provider: 'ollama',
      way,
      whole: () => ollama().chat({ ...requests.ollama, stream: false }),
      stream: async () => drain(await ollama().chat({ ...requests.ollama, stream: true })),
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

/** `Pool.request()` for the transport, and of the SDK its stream decoder alone. Ollama's has none of its own. */
export function sdkParserCallers(pool: Pool, way: string): Caller[] {
  const whole = async (provider: ProviderName): Promise<unknown> =>
    (await ask(pool, provider, false)).body.json();
  const body = async (provider: ProviderName) => new Response((await ask(pool, provider, true)).body);
  return [
    {
      provider: 'openai',
      way,
      whole: () => whole('openai'),
      stream: async () => drain(OpenAIStream.fromSSEResponse(await body('openai'), new AbortController())),
    },
    {
      provider: 'anthropic',
      way,
      whole: () => whole('anthropic'),
      stream: async () =>
        drain(AnthropicStream.fromSSEResponse(await body('anthropic'), new AbortController())),
    },
  ];
}

async function drain(events: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const event of events) if (event !== undefined) count++;
  return count;
}
