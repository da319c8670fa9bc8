import type { ChatRequest } from '@weir/contracts/chat/request';
import { outputCap } from '../dialects/output-cap.ts';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import { toWireTarget } from '../domain/wire-target.ts';
import { inputBoundTokens } from './input-bound.ts';
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

interface BoundOptions {
  /** The cap that a request gets which sets none. */
  readonly defaultOutputTokens: number;
  /** How much of a stream's output is held at once, for each choice. */
  readonly sliceTokens: number;
}

/** `chat` is what is sent, with the config's overrides. Its cap on the output is the one that the dialects send. */
export function attemptBound(
  chat: ChatRequest,
  target: CatalogueEntry,
  { defaultOutputTokens, sliceTokens }: BoundOptions,
): AttemptBound {
  const { model } = target;
  const choices = chat.n ?? 1;
  const cap = outputCap(chat, toWireTarget(target, defaultOutputTokens).output).tokens;
  const isSliced = chat.stream === true && isOutputVisible(chat, target);
  return {
    inputTokens: inputBoundTokens(chat, model),
    outputTokens: Math.min(cap, model.contextTokens ?? Infinity) * choices,
    toolCalls: searchesWeb(chat, model.id) ? choices : 0,
    serviceTier: chat.service_tier ?? undefined,
    sliceTokens: isSliced ? sliceTokens * choices : undefined,
  };
}

/** OpenAI's models of that name search for every answer; others where they are asked to. */
export function searchesWeb(chat: ChatRequest, modelId: string): boolean {
  return Boolean(chat['web_search_options']) || /-search(?:-|$)/.test(modelId);
}
