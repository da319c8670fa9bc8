import type { Dispatcher, Pool } from 'undici';
import { wireForms } from './wire-forms.ts';

export type ProviderName = keyof typeof wireForms;

/** One way to ask one provider. */
export interface Caller {
  readonly provider: ProviderName;
  readonly way: string;
  whole(): Promise<unknown>;
  stream(): Promise<unknown>;
}

const messages = [{ role: 'user' as const, content: 'Say something about foxes, and be brief about it.' }];

export const requests = {
  openai: { model: 'gpt-5-mini', messages, max_completion_tokens: 4_096 },
  // One that its SDK does not think old: it writes a warning to the console at every call of those.
  anthropic: { model: 'claude-opus-5', messages, max_tokens: 4_096 },
  ollama: { model: 'llama3.2', messages, options: { num_predict: 4_096 } },
};

/** Asks over a pool, with nothing in between. */
export function ask(pool: Pool, provider: ProviderName, stream: boolean): Promise<Dispatcher.ResponseData> {
  return pool.request({
    path: wireForms[provider].path,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
    body: JSON.stringify({ ...requests[provider], stream }),
  });
}
