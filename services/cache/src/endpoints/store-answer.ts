import { answerSettled, type storeAnswer, type StoreTicket } from '@weir/contracts/cache/lookup';
import type { RequestOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { UsageRecord } from '@weir/contracts/usage-record';
import type { BodyHandler, Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { hasInexactNumber } from '@weir/service-kit/exact-json';
import type { Logger } from '@weir/service-kit/logger';
import type { CacheMetrics, StoreResult } from '../cache-metrics.ts';
import { assemble } from '../completions/assemble.ts';
import { type Keepable, keepable } from '../completions/keepable.ts';
import type { EntryStore, NewEntry } from '../entries/entry-store.ts';
import type { PurgeList } from '../entries/purges.ts';
import type { SemanticLookup } from '../semantic/semantic-lookup.ts';

interface StoreAnswerParts {
  readonly entries: EntryStore;
  readonly purges: PurgeList;
  readonly semantic: SemanticLookup | undefined;
  readonly bus: Pick<Bus, 'publish'>;
  readonly metrics: CacheMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Fetched = RequestOf<typeof storeAnswer>;

/** Keeps an answer that is worth it, and tells those who wait for it either way. */
export function createStoreAnswer(parts: StoreAnswerParts): BodyHandler<typeof storeAnswer> {
  const { bus, entries, metrics, logger } = parts;
  return async ({ data, body, envelope }) => {
    const { id, isLeader } = data.ticket;
    let result: StoreResult = 'failed';
    try {
      result = await keep({ fetched: data, body, envelope }, parts);
      if (result !== 'stored' && isLeader) await entries.giveBackLease(id);
    } catch (error) {
      logger.debug({ err: error }, 'an answer was not kept');
    }
    const isStored = result === 'stored';
    if (isStored || isLeader) bus.publish(answerSettled, { id, isStored }, envelope);
    metrics.stored(result);
    return isStored ? { isStored } : { isStored, reason: result };
  };
}

interface Received {
  readonly fetched: Fetched;
  readonly body: Uint8Array;
  readonly envelope: Envelope;
}

async function keep(received: Received, parts: StoreAnswerParts): Promise<StoreResult> {
  const { entries, purges, semantic, clock } = parts;
  const { ticket, head, trailer } = received.fetched;
  if (!head || !trailer) return 'no_answer';
  const answer = readAnswer(received, trailer.usage);
  if ('reason' in answer) return answer.reason;
  if (answer.completion.choices.length < (ticket.choices ?? 1)) return 'unfinished';
  const nowMs = clock.nowMs();
  const entry = entryOf(ticket, { head, trailer, envelope: received.envelope, nowMs });
  if (purges.covers(entry)) return 'purged';
  const json = JSON.stringify(answer.completion);
  const result = await entries.put(entry, json, { nowMs, isLeader: ticket.isLeader });
  if (result === 'stored') semantic?.kept(ticket, entry, json);
  return result;
}

function readAnswer({ fetched: { completion, chunks }, body }: Received, usage: UsageRecord): Keepable {
  if (completion === undefined && chunks === undefined) return { reason: 'no_answer' };
  // Nobody at the provider has counted: the gateway has, where an answer came to another end than its own.
  if (usage.source !== 'provider') return { reason: 'usage' };
  if (hasInexactNumber(Buffer.from(body).toString())) return { reason: 'inexact_number' };
  return chunks ? assemble(chunks, usage) : keepable(completion, usage);
}

interface Facts {
  readonly head: NonNullable<Fetched['head']>;
  readonly trailer: NonNullable<Fetched['trailer']>;
  readonly envelope: Envelope;
  readonly nowMs: number;
}

/** Whose it is says the envelope, and not the ticket. */
function entryOf(ticket: StoreTicket, { head, trailer, envelope, nowMs }: Facts): NewEntry {
  const { id, model, order, askedAtMs, semantic } = ticket;
  const { keyId, teamId } = envelope.caller ?? {};
  const expiresAtMs = nowMs + 1_000 * order.ttlSeconds;
  return {
    ...{ id, organisation: envelope.tenant, sharedBy: order.sharedBy, model },
    ...(keyId !== undefined && { keyId }),
    ...(teamId !== undefined && { teamId }),
    ...(order.namespace !== undefined && { namespace: order.namespace }),
    ...{ provider: head.provider, modelServed: head.model },
    ...(head.isKnownModel !== undefined && { isKnownModel: head.isKnownModel }),
    ...(head.warnings && { warnings: head.warnings }),
    ...(semantic && { partition: semantic.partition, question: semantic.question }),
    ...{ askedAtMs, createdAtMs: nowMs, expiresAtMs },
    staleUntilMs: expiresAtMs + 1_000 * (order.staleSeconds ?? 0),
    ...{ usage: trailer.usage, latencyMs: trailer.upstreamMs },
    ...(trailer.costNanoUsd !== undefined && { costNanoUsd: trailer.costNanoUsd }),
  };
}
