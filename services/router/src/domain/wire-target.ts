import type { ChatRequest } from '@weir/contracts/chat/request';
import { requirementsOf } from './capabilities.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { WireTarget } from './dialect.ts';
import { estimateText } from '@weir/pricing/estimate-text';

/** The cap that a model gets of which nothing is known. */
const unknownModelOutputTokens = 4_096;

export interface WireTargetOptions {
  /** The most that a cap of our own is, where the model's maximum is known to be no lower. */
  readonly defaultOutputTokens: number;
  /** Whether a budget has to bound the attempt. */
  readonly isCapRequired: boolean;
  /** The most that the host may be sent as a cap of our own: it has refused more. */
  readonly ownCapTokens?: number | undefined;
}

/** What a dialect must know of the host and the model that it speaks to, for this chat. */
export function toWireTarget(
  { provider, model }: CatalogueEntry,
  chat: ChatRequest,
  { defaultOutputTokens, isCapRequired, ownCapTokens }: WireTargetOptions,
): WireTarget {
  const defaultTokens = defaultCapTokens(model, defaultOutputTokens);
  return {
    model: model.id,
    output: {
      isCapRequired,
      defaultTokens,
      // Only where a cap is needed, since it takes a look at the whole prompt.
      get roomTokens() {
        return ownCapTokens ?? roomTokens(chat, model.contextTokens, defaultTokens);
      },
      maxTokens: model.maxOutputTokens,
    },
    outputCapParam: provider.outputCapParam,
    unsupportedParams: provider.unsupportedParams,
    mapping: provider.mapping,
  };
}

/** The cap of a request that sets none and has to have one, whatever its prompt. */
export function defaultCapTokens(
  { maxOutputTokens }: CatalogueEntry['model'],
  defaultOutputTokens: number,
): number {
  return Math.min(defaultOutputTokens, maxOutputTokens ?? unknownModelOutputTokens);
}

/** An estimate may be so much too low, and hosts put some tokens around each message. */
const estimateMargin = { factor: 1.2, tokens: 64 };

/** A cap of ours is no smaller: if there is no room for it, the provider had better say so. */
const leastTokens = 256;

/** What the prompt leaves of the window: providers refuse a request whose cap does not fit. */
function roomTokens(
  chat: ChatRequest,
  contextTokens: number | undefined,
  wantedTokens: number,
): number | undefined {
  if (contextTokens === undefined) return undefined;
  const { inputTokens } = requirementsOf(chat);
  // It counts a token for four characters, and none has more than three bytes, nor more tokens than bytes.
  if (inputTokens * 12 + wantedTokens <= contextTokens) return undefined;
  const { messages, tools = [] } = chat;
  const estimated = estimateText(JSON.stringify(messages) + JSON.stringify(tools));
  // What is no text counts by its flat figure there, and by its base64 here.
  const prompt = Math.min(estimated, inputTokens * 4) * estimateMargin.factor + estimateMargin.tokens;
  return Math.max(leastTokens, Math.floor(contextTokens - prompt));
}
