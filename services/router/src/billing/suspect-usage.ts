import type { UsageRecord } from '@weir/contracts/usage-record';
import { inputTokensOf, outputTokensOf } from '@weir/pricing/usage-tokens';
import { inputBoundTokens, largestContextTokens } from '../admission/input-bound.ts';
import { outputBoundTokens, searchesWeb, type SentRequest } from '../admission/attempt-bound.ts';
import { hasUnknownFields } from '../admission/visible-output.ts';

/** What a host may put around a request, as a prompt or a template of its own. */
const hostPromptTokens = 10_000;

/** Some hosts do not count reasoning in the cap that they are sent: more than the fastest generate in a second, of each choice. */
const maxTokensPerSecond = 5_000;

/** A provider's own tools call the model again and again, with what they have found. */
const maxToolTurns = 20;
const maxSearches = 100;

/**
 * What a provider claims, where that cannot be: more input than a request of these bytes can come to, more output than was allowed
 * and could be generated in the time, or searches that nobody asked for. Undefined where it can be.
 */
export function suspectClaim(
  usage: UsageRecord,
  sent: SentRequest,
  latencyMs: number,
): UsageRecord['suspect'] {
  if (usage.suspect) return usage.suspect;
  const claim = { inputTokens: inputTokensOf(usage), outputTokens: outputTokensOf(usage) };
  const isLikely =
    claim.inputTokens <= maxInputTokens(claim.inputTokens, sent) &&
    claim.outputTokens <= maxOutputTokens(sent, latencyMs) &&
    usage.webSearchRequests <= (mayReadMore(sent) ? maxSearches : 0);
  return isLikely ? undefined : claim;
}

function maxInputTokens(claimed: number, sent: SentRequest): number {
  // The bound is not worked out for what is small whatever the request is.
  if (claimed <= hostPromptTokens) return hostPromptTokens;
  const { body, chat, target } = sent;
  if (mayReadMore(sent)) return (target.model.contextTokens ?? largestContextTokens) * maxToolTurns;
  return (
    hostPromptTokens + inputBoundTokens({ chat, model: target.model, bodyBytes: Buffer.byteLength(body) })
  );
}

function maxOutputTokens(sent: SentRequest, latencyMs: number): number {
  const seconds = Math.max(1, latencyMs / 1_000);
  return outputBoundTokens(sent) + Math.ceil(seconds * maxTokensPerSecond) * (sent.chat.n ?? 1);
}

/** Whether the model may read what does not stand in the request: by the provider's own tools, or what a host calls in fields of its own. */
function mayReadMore({ chat, target }: SentRequest): boolean {
  const hasOwnTools = chat.tools?.some(({ type }) => type !== 'function' && type !== 'custom') ?? false;
  return hasOwnTools || searchesWeb(chat, target.model.id) || hasUnknownFields(chat);
}
