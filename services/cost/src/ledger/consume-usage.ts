import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DurableEvent } from '@weir/contracts/descriptors';
import { attemptMade, cacheAnswered, usageAdjusted, usagePriced } from '@weir/contracts/usage-events';
import type { Bus, DurableHandler, ReceivedEvent } from '@weir/service-kit/bus/bus';
import {
  entryOfAdjustment,
  entryOfAttempt,
  entryOfCacheAnswer,
  pricedEvent,
  type LedgerEntry,
} from './ledger-entry.ts';
import type { LedgerMetrics } from './ledger-metrics.ts';
import type { LedgerWriter } from './ledger-writer.ts';

interface UsageConsumersParts {
  readonly bus: Pick<Bus, 'consume' | 'publishDurable' | 'durablePublished'>;
  readonly writer: Pick<LedgerWriter, 'enter'>;
  readonly metrics: LedgerMetrics;
}

/** The name of the ledger's consumers: others of this service consume the same events, and neither waits for the other. */
export const ledgerConsumer = 'ledger';

/** The events that become rows of the ledger. */
export const ledgerEvents = [attemptMade, cacheAnswered, usageAdjusted] as const;

/** Of each of the three: what they publish together fits into the queue of what is not stored yet. */
const maxEvents = 2_000;
const rowsPerStatement = 500;

/** Enters all usage in the ledger, and tells subscribers of it. */
export function consumeUsage(parts: UsageConsumersParts): void {
  const options = { as: ledgerConsumer, maxEvents };
  parts.bus.consume(attemptMade, entering(parts, entryOfAttempt), options);
  parts.bus.consume(cacheAnswered, entering(parts, entryOfCacheAnswer), options);
  parts.bus.consume(usageAdjusted, entering(parts, entryOfAdjustment), options);
}

/**
 * Commits, then tells, and only then has the events acknowledged: a process that dies between two of these is given them
 * again. Then the rows are there already and stay as they are, and subscribers are told again, with the same id: so what is
 * told is all of them and not the new ones.
 */
function entering<E extends DurableEvent>(
  { bus, writer, metrics }: UsageConsumersParts,
  entryOf: (data: ReceivedEvent<E>['data']) => LedgerEntry,
): DurableHandler<E> {
  const enter = async (events: readonly ReceivedEvent<E>[]) => {
    const received = events.map(({ id, data, streamSequence, timeMs }) => ({
      id,
      timeMs,
      entry: entryOf(data),
      streamSequence: Number.isFinite(streamSequence) ? streamSequence : null,
    }));
    metrics.entered(received, await writer.enter(received));
    for (const { id, entry } of received) bus.publishDurable(usagePriced, pricedEvent(entry), id);
  };
  return async (events) => {
    const entering: Promise<void>[] = [];
    for (let from = 0; from < events.length; from += rowsPerStatement) {
      const some = enter(events.slice(from, from + rowsPerStatement));
      // One that fails while others are made ready is heard of below.
      some.catch(() => undefined);
      entering.push(some);
      // Postgres is at work on these while the next ones are made ready.
      await nextTurn();
    }
    await Promise.all(entering);
    await bus.durablePublished();
  };
}
