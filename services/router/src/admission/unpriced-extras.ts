import type { ChatRequest } from '@weir/contracts/chat/request';
import type { ModelPrice } from '@weir/contracts/cost/prices';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import type { Provider } from '../domain/provider.ts';
import { isOwnHost } from '../domain/prices.ts';
import { unsupported } from '../dialects/unsupported.ts';

/** What hosts of OpenAI's dialect are asked and bill beside tokens, by a price that is in no table. */
const extras = new Map([
  ['plugins', 'OpenRouter bills the calls of plugins'],
  ['preset', 'an OpenRouter preset may name other models and plugins'],
  ['search_parameters', 'xAI bills each source of a search'],
  ['enable_search', 'searches are billed by the call'],
  // Other names of the cap on the output, and of the number of answers, which some hosts heed before those that we send.
  ['n_predict', 'the host may take it in the place of max_tokens'],
  ['max_new_tokens', 'the host may take it in the place of max_tokens'],
  ['max_output_tokens', 'the host may take it in the place of max_tokens'],
  ['best_of', 'the host may write more answers than it returns'],
]);

/** Anthropic's parameters that change the price of each token, with the value that does not. */
const surcharges = new Map([
  ['speed', { free: 'standard', why: 'Anthropic bills fast answers at a multiple' }],
  ['inference_geo', { free: 'global', why: 'Anthropic bills more where a region is named' }],
]);

/** Anthropic's tools that the caller runs: they cost their tokens alone. Those that Anthropic runs have prices of their own. */
const callersTool = /^(?:bash|text_editor|computer|memory)_\d{8}$/;

/**
 * Throws the Fault by which a request is refused whose cost has no known bound: for where money is limited. Dialects other than
 * OpenAI's send none of its fields; Anthropic's has fields and tools of its own.
 */
export function assertBounded(
  chat: ChatRequest,
  { provider }: CatalogueEntry,
  price: ModelPrice | undefined,
): void {
  if (isOwnHost(provider)) return;
  assertKnownTools(chat, provider.dialect);
  if (provider.dialect === 'anthropic') assertUsualRates(chat, provider);
  if (provider.dialect !== 'openai') return;
  for (const [field, why] of extras) if (chat[field]) throw refusal(field, why);
  if (chat['web_search_options'] && price && price.webSearchNanoUsd === undefined) {
    throw refusal('web_search_options', 'searches with this model have no price');
  }
}

function assertUsualRates(chat: ChatRequest, { unsupportedParams }: Provider): void {
  for (const [field, { free, why }] of surcharges) {
    const value = chat[field] ?? free;
    if (value !== free && !unsupportedParams.includes(field)) throw refusal(field, why);
  }
}

/** Tools that a provider runs itself, as searches, are billed by the call, and what they find is billed as input. */
function assertKnownTools({ tools }: ChatRequest, dialect: Provider['dialect']): void {
  for (const [index, { type }] of (tools ?? []).entries()) {
    if (type === 'function' || type === 'custom') continue;
    if (dialect === 'anthropic' && callersTool.test(type)) continue;
    throw refusal(
      `tools[${index}].type`,
      `a tool of the type ${JSON.stringify(type)} may be one that the provider bills`,
    );
  }
}

function refusal(field: string, why: string) {
  return unsupported(
    `A budget holds for this request, and what "${field}" costs is not known: ${why}. Leave it out.`,
    field,
  );
}

/** OpenRouter's: the models that may answer instead, at their own prices. */
export function namedFallbacks({ models }: ChatRequest, { provider }: CatalogueEntry): string[] {
  if (provider.dialect !== 'openai' || !Array.isArray(models)) return [];
  return models.filter((model): model is string => typeof model === 'string');
}
