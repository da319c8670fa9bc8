import type { ModelPrice } from '@weir/contracts/cost/prices';
import type { ChatRequest } from '@weir/contracts/chat/request';
import type { AttemptMade } from '@weir/contracts/usage-events';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { outputBoundTokens, searchesWeb, type SentRequest } from '../admission/attempt-bound.ts';
import type { HeldAttempt } from '../admission/held-attempt.ts';
import { isOutputVisible } from '../admission/visible-output.ts';
import { missingUsage } from '../dialects/usage.ts';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import type { OutputCount } from '../domain/dialect.ts';
import { estimateUsage } from './estimate-usage.ts';
import { suspectClaim } from './suspect-usage.ts';

/** An attempt that is about to be made. */
export interface BegunAttempt extends SentRequest, Pick<AdmittedAttempt, 'purpose'> {
  /** `<request id>:<attempt>`. */
  readonly id: string;
  /** Whether it counts as the request. */
  readonly isFirst: boolean;
  readonly signal: AbortSignal;
}

/** An attempt that may be made. */
export interface AdmittedAttempt extends SentRequest {
  readonly purpose: AttemptMade['purpose'];
  /** Unix time in milliseconds: what it costs is counted in the day or month of it. */
  readonly startedAtMs: number;
  readonly price: ModelPrice | undefined;
  /** Undefined where nothing limits it. */
  readonly held: HeldAttempt | undefined;
}

/** How an attempt has ended, as far as its cost depends on it. */
export interface BilledEnd {
  readonly reported: UsageRecord;
  readonly maybeBilled: boolean;
  readonly latencyMs: number;
  /** What has come of a stream. */
  readonly output: OutputCount | undefined;
  /** A whole answer. */
  readonly completion: string | undefined;
}

/** What an attempt has used and cost, as its usage event tells it. */
export type AttemptBill = Pick<AttemptMade, 'usage' | 'cost' | 'modelAskedNanoUsd'>;

/**
 * What it has used: by the provider's figures, or estimated where the provider may bill it and has not told to the end, or has
 * claimed what cannot be. Who is wrong in one figure is believed in none.
 */
export function usageOf(
  sent: SentRequest,
  { reported, maybeBilled, latencyMs, output, completion }: BilledEnd,
): UsageRecord {
  const { chat, target, body } = sent;
  const suspect = suspectClaim(reported, sent, latencyMs);
  if (suspect) {
    const { modelServed, serviceTier } = reported;
    const believed = { ...missingUsage(modelServed), ...(serviceTier !== undefined && { serviceTier }) };
    const end = { reported: believed, maybeBilled, latencyMs, output, completion };
    return { ...usageOf(sent, end), suspect };
  }
  if (!maybeBilled || reported.source === 'provider') return withSearches(reported, chat, target);
  return estimateUsage(reported, {
    chat,
    body,
    latencyMs,
    maxOutputTokens: outputBoundTokens(sent),
    stream: output && { output, isOutputVisible: isOutputVisible(chat, target) },
    completion,
  });
}

/** OpenAI bills the searches of its models and does not report them. */
export function withSearches(
  usage: UsageRecord,
  chat: ChatRequest,
  { provider, model }: CatalogueEntry,
): UsageRecord {
  if (usage.source !== 'provider' || usage.webSearchRequests > 0) return usage;
  if (provider.dialect !== 'openai' || !searchesWeb(chat, model.id)) return usage;
  return { ...usage, webSearchRequests: 1 };
}
