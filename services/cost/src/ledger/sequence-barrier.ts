import { attemptMade, usageAdjusted } from '@weir/contracts/usage-events';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { Fault } from '@weir/service-kit/fault';
import { z } from 'zod';
import { ledgerConsumer } from './consume-usage.ts';

interface SequenceBarrierParts {
  readonly bus: Pick<Bus, 'consumerPosition'>;
  readonly database: Queryable;
  readonly clock: Clock;
}

/** A place in the stream up to which the ledger has everything. */
export interface EnteredThrough {
  readonly sequence: number;
  readonly streamCreatedAt: string;
  /** By the database's clock, before the sequence was read: what was entered before is not beyond it. */
  readonly since: Date;
}

const waitMs = 5_000;
const pollMs = 50;

const readTime: Query = { name: 'spent.time', text: 'select clock_timestamp() as now' };
const timeSchema = z.object({ now: z.date() });

/** The events whose rows are spent money; an answer from the cache is none. */
const spending = [attemptMade, usageAdjusted] as const;

/** Waits until the ledger has all that is in the stream now. Those who begin to wait at once share the wait. */
export class SequenceBarrier {
  readonly #parts: SequenceBarrierParts;
  #waiting: Promise<EnteredThrough> | undefined;
  #next: Promise<EnteredThrough> | undefined;

  constructor(parts: SequenceBarrierParts) {
    this.#parts = parts;
  }

  /** Rejects with `service_unavailable` where the ledger has not got there within five seconds. */
  passed(): Promise<EnteredThrough> {
    // A wait that has begun already may be for less than what is in the stream now.
    this.#next ??= Promise.allSettled([this.#waiting]).then(() => {
      this.#waiting = this.#next;
      this.#next = undefined;
      return this.#wait();
    });
    return this.#next;
  }

  async #wait(): Promise<EnteredThrough> {
    const { database, clock } = this.#parts;
    const untilMs = clock.nowMs() + waitMs;
    const [time] = rows(timeSchema, await database.query(readTime));
    if (!time) throw new Fault('service_unavailable');
    let target: EnteredThrough | undefined;
    for (;;) {
      const positions = await Promise.all(spending.map((event) => this.#position(event)));
      const [{ streamCreatedAt, lastSequence }] = positions as [(typeof positions)[0]];
      target ??= { sequence: lastSequence, streamCreatedAt, since: time.now };
      const { sequence } = target;
      if (positions.some((position) => position.streamCreatedAt !== target?.streamCreatedAt))
        throw new Fault('service_unavailable', { cause: new Error('the usage stream was made anew') });
      if (positions.every(({ pending, ackFloor }) => pending === 0 || ackFloor >= sequence)) return target;
      if (clock.nowMs() >= untilMs)
        throw new Fault('service_unavailable', { cause: new Error('the ledger is behind its stream') });
      await new Promise<void>((resolve) => clock.after(pollMs, resolve));
    }
  }

  #position(event: (typeof spending)[number]) {
    return this.#parts.bus.consumerPosition(event, { as: ledgerConsumer });
  }
}
