import type { ChatRequest } from '@weir/contracts/chat/request';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import { tierSent } from '../domain/tier-sent.ts';
import { inputBoundTokens, largestContextTokens } from './input-bound.ts';
import { namedFallbacks } from './unpriced-extras.ts';
import { isOutputVisible } from './visible-output.ts';

/** The most that one attempt can use. */
export interface AttemptBound {
  readonly inputTokens: number;
  /** Of all choices together. */
  readonly outputTokens: number;
  /** Calls of the provider's own tools. */
  readonly toolCalls: number;
  /** The tier that is asked for. */
  readonly serviceTier: string | undefined;
  /** Of a stream whose output is all visible: how much of the output is held at once. Undefined where the whole is. */
  readonly sliceTokens: number | undefined;
}

/** What an attempt sends. */
export interface SentRequest {
  /** With the config's overrides. */
  readonly chat: ChatRequest;
  readonly target: CatalogueEntry;
  /** The same in the words of the target's dialect, as JSON. */
  readonly body: string;
  /** The cap on the output that the body has. */
  readonly outputCapTokens: number | undefined;
}

interface BoundOptions {
  /** How much of a stream's output is held at once, for each choice. */
  readonly sliceTokens: number;
}

export function attemptBound(sent: SentRequest, { sliceTokens }: BoundOptions): AttemptBound {
  const { chat, target, body } = sent;
  const choices = chat.n ?? 1;
  // Another model that may answer may have a larger window.
  const { id } = target.model;
  const model = namedFallbacks(chat, target).length > 0 ? { id } : target.model;
  const isSliced = chat.stream === true && isOutputVisible(chat, target);
  return {
    inputTokens: inputBoundTokens({ chat, model, bodyBytes: Buffer.byteLength(body) }),
    outputTokens: outputBoundTokens({ ...sent, target: { ...target, model } }),
    toolCalls: searchesWeb(chat, id) ? choices : 0,
    serviceTier: tierSent(chat, target.provider),
    sliceTokens: isSliced ? sliceTokens * choices : undefined,
  };
}

/** Of all choices together, by the cap that is sent; without one, all that the model can give. */
export function outputBoundTokens({
  chat,
  outputCapTokens,
  target: { model },
}: Omit<SentRequest, 'body'>): number {
  const { contextTokens = largestContextTokens, maxOutputTokens = contextTokens } = model;
  return Math.min(outputCapTokens ?? maxOutputTokens, contextTokens) * (chat.n ?? 1);
}

/** OpenAI's models of that name search for every answer; others where they are asked to. */
export function searchesWeb(chat: ChatRequest, modelId: string): boolean {
  return Boolean(chat['web_search_options']) || /-search(?:-|$)/.test(modelId);
}
