import {
  dispatchOf,
  type AttemptMade,
  type CacheAnswered,
  type UsageAdjusted,
  type UsagePriced,
} from '@weir/contracts/usage-events';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { formatUsd } from '@weir/pricing/money';
import { inputTokensOf, outputTokensOf, totalTokensOf } from '@weir/pricing/usage-tokens';

/** One row of the ledger, as the event says it. */
export interface LedgerEntry extends Pick<
  AttemptMade,
  'requestId' | 'tenant' | 'startedAtMs' | 'provider' | 'model' | 'modelAsked' | 'outcome' | 'maybeBilled'
> {
  readonly entry: UsagePriced['entry'];
  /** 0 for an answer from the cache. */
  readonly attempt: number;
  readonly account: Pick<AttemptMade, 'teamId' | 'userId' | 'keyId' | 'tags' | 'endUser'>;
  /** Of an attempt only. */
  readonly made?: Pick<AttemptMade, 'config' | 'path' | 'credential' | 'purpose' | 'firstContentMs'>;
  readonly streamed: boolean;
  readonly latencyMs?: number;
  /** How many requests it stands for: see the column. */
  readonly requests: -1 | 0 | 1;
  readonly usage?: UsageRecord;
  readonly usageSource: UsageRecord['source'] | 'cache';
  readonly totalTokens: number;
  /** Null where it may be billed and has no price. */
  readonly costNanoUsd: number | null;
  readonly priceId?: string;
  readonly modelAskedNanoUsd?: number | undefined;
  readonly cached?: Pick<CacheAnswered, 'tier' | 'savedNanoUsd' | 'saved' | 'similarity'>;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export function entryOfAttempt(attempt: AttemptMade): LedgerEntry {
  const { usage, cost, maybeBilled } = attempt;
  return {
    ...attempt,
    entry: 'attempt',
    account: attempt,
    made: attempt,
    requests: attempt.attempt === 1 ? 1 : 0,
    usageSource: usage.source,
    totalTokens: totalTokensOf(usage),
    // What nobody bills costs nothing, whether or not its model has a price.
    costNanoUsd: cost?.nanoUsd ?? (maybeBilled ? null : 0),
    ...(cost && { priceId: cost.priceId }),
  };
}

export function entryOfCacheAnswer(answer: CacheAnswered): LedgerEntry {
  return {
    ...answer,
    entry: 'cache_hit',
    attempt: 0,
    account: answer,
    outcome: 'ok',
    maybeBilled: false,
    streamed: false,
    requests: 1,
    usageSource: 'cache',
    totalTokens: 0,
    costNanoUsd: 0,
    cached: answer,
  };
}

/** A request whose router has died was a request all the same, and is counted once when its attempt is told after all. */
export function entryOfAdjustment(adjustment: UsageAdjusted): LedgerEntry {
  const { kind, attempt, nanoUsd, tokens } = adjustment;
  const count = kind === 'expired' ? 1 : -1;
  return {
    ...adjustment,
    entry: kind,
    account: adjustment,
    outcome: kind,
    maybeBilled: true,
    streamed: false,
    requests: attempt === 1 ? count : 0,
    usageSource: 'estimated',
    totalTokens: tokens,
    costNanoUsd: nanoUsd ?? null,
  };
}

/** What subscribers are told of it. */
export function pricedEvent(entry: LedgerEntry): UsagePriced {
  const { account, usage, costNanoUsd } = entry;
  return {
    requestId: entry.requestId,
    tenant: entry.tenant,
    keyId: account.keyId,
    teamId: account.teamId,
    userId: account.userId,
    tags: account.tags,
    endUser: account.endUser,
    startedAtMs: entry.startedAtMs,
    modelAsked: entry.modelAsked,
    entry: entry.entry,
    attempt: entry.attempt,
    dispatch: dispatchOf(entry.attempt),
    provider: entry.provider,
    model: entry.model,
    outcome: entry.outcome,
    inputTokens: usage ? inputTokensOf(usage) : 0,
    outputTokens: usage ? outputTokensOf(usage) : 0,
    costUsd: costNanoUsd === null ? null : formatUsd(costNanoUsd),
    priceId: entry.priceId ?? null,
    isEstimate: entry.usageSource === 'estimated',
    ...(usage?.suspect && { claimedTokens: usage.suspect.inputTokens + usage.suspect.outputTokens }),
    metadata: entry.metadata,
  };
}
