import { answerJsonLimits } from '@weir/contracts/limits';
import { checkJsonLimits } from '@weir/service-kit/bounded-json';
import { nextTurn } from '@weir/service-kit/event-loop';
import type { DialectName } from '../domain/dialect.ts';
import type { ProviderModel } from '../domain/provider.ts';
import { type OnUnreadable, readModelList } from './read-model-list.ts';
import type { UpstreamResponse } from './upstream-response.ts';

/** Asks the provider, over its guarded connections and with a credential. */
export type Get = (path: string) => Promise<UpstreamResponse>;

type Fetch = (input: string | URL | Request) => Promise<Response>;

/** The provider has answered with an error. What it wrote is left out, since it may repeat the key. */
export class ModelListRefused extends Error {
  override readonly name = 'ModelListRefused';
  readonly status: number;

  constructor(status: number) {
    super(`The provider answered ${status}`);
    this.status = status;
  }
}

/** The SDKs send nothing by themselves: address and credential are those of our own connection. */
const sdkOptions = { apiKey: 'unused', baseURL: 'http://provider', maxRetries: 0, logLevel: 'off' } as const;

/** By the official SDK of the dialect, which is loaded when it is needed: it takes some 25 MB. */
const fetchList: Readonly<Record<DialectName, (fetch: Fetch) => Promise<unknown>>> = {
  async openai(fetch) {
    const { OpenAI } = await import('openai');
    // Not `models.list()`, which takes Together's list for an empty one.
    return new OpenAI({ ...sdkOptions, fetch }).get<unknown>('/models');
  },
  async anthropic(fetch) {
    const { Anthropic } = await import('@anthropic-ai/sdk');
    const { data } = await new Anthropic({ ...sdkOptions, fetch }).models.list({ limit: 1_000 });
    return { data };
  },
  async ollama(fetch) {
    const { Ollama } = await import('ollama/browser');
    return new Ollama({ host: sdkOptions.baseURL, fetch }).list();
  },
};

/** Throws `ModelListRefused`, the Fault of a provider that gives no answer, or whatever is wrong with the answer. */
export async function listModels(
  dialect: DialectName,
  get: Get,
  onUnreadable?: OnUnreadable,
): Promise<ProviderModel[]> {
  // The SDKs put what went wrong into errors of their own.
  let failure: unknown;
  const fetch = (input: string | URL | Request) =>
    getJson(get, input).catch((thrown: unknown) => {
      failure = thrown;
      throw thrown;
    });
  try {
    return readModelList[dialect](await fetchList[dialect](fetch), onUnreadable);
  } catch (thrown) {
    throw failure ?? thrown;
  }
}

async function getJson(get: Get, input: string | URL | Request): Promise<Response> {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input);
  const response = await get(`${pathname.slice(1)}${search}`);
  if (!response.isSuccess) {
    response.discard();
    throw new ModelListRefused(response.status);
  }
  const text = await response.text();
  // The SDK parses it.
  checkJsonLimits(text, answerJsonLimits);
  await nextTurn();
  // Whatever type a host says that it is.
  return new Response(text, { headers: { 'content-type': 'application/json' } });
}
