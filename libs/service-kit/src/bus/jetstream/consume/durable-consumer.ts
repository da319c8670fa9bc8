import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DurableEvent } from '@weir/contracts/descriptors';
import { backoffMs } from '../../../backoff.ts';
import { isDoneWithin, waitUnlessAborted } from '../../../clock.ts';
import type { BatchHandler, ReadMessage } from './batch-handler.ts';
import { PullLoop, type PullLoopParts } from './pull-loop.ts';
import type { PulledMessage } from './pulled-message.ts';
import { readEvents } from './read-events.ts';

interface DurableConsumerParts<E extends DurableEvent> extends Omit<
  PullLoopParts,
  'onFound' | 'onMessage' | 'wanted'
> {
  readonly event: E;
  readonly maxEvents: number;
  /** How many batches are handled at once. */
  readonly concurrency: number;
  readonly batches: BatchHandler<E>;
  /** Has what is being handled end. */
  readonly cut: () => void;
}

/** How many messages are held that no handler has been given yet, and below which number more are pulled. */
const buffer = { full: 256, low: 128 } as const;

/** Nothing is pulled while those that are held have so many bytes: each may have as many as NATS carries. */
const maxHeldBytes = 32 * 1024 * 1024;

/** What is read in one turn of the event loop, beside a message that has more: it takes some 20 ms. */
const maxReadBytes = 2 * 1024 * 1024;

/** While what the handler needs is away, it is tried so often. */
const outagePauses = { firstMs: 250, longestMs: 15_000 };

/** How long a handler may take to end once it has been told to. */
const cutGraceMs = 500;

/** Consumes one source of an event: while batches are being handled, the messages of the next are pulled. */
export class DurableConsumer<E extends DurableEvent> {
  readonly #parts: DurableConsumerParts<E>;
  readonly #pulls: PullLoop;
  readonly #handling: Promise<unknown>;
  readonly #stopping = new AbortController();
  #stopWorking: () => void = () => undefined;
  readonly #buffer: PulledMessage[] = [];
  #bufferBytes = 0;
  /** A message that was read, and for which the last batch had no more room. */
  #next: ReadMessage<E> | undefined;
  readonly #inHand = new Set<readonly ReadMessage<E>[]>();
  readonly #idle: (() => void)[] = [];

  constructor(parts: DurableConsumerParts<E>) {
    this.#parts = parts;
    this.#pulls = new PullLoop({
      ...parts,
      onFound: (ackWaitMs) => {
        this.#stopWorking();
        this.#stopWorking = parts.clock.every(ackWaitMs / 3, () => {
          for (const message of this.#held()) message.working();
        });
      },
      onMessage: (message) => {
        this.#take(message);
      },
      wanted: () => this.#wanted(),
    });
    const workers = Array.from({ length: parts.concurrency }, () => this.#handleUntilStopped());
    this.#handling = Promise.all(workers);
  }

  /** Pulls nothing more, finishes what is being handled, at the longest until `untilMs`, and gives the rest back. */
  async stop(untilMs: number): Promise<void> {
    const { clock, cut } = this.#parts;
    this.#stopping.abort();
    for (const wake of this.#idle.splice(0)) wake();
    const leftMs = () => Math.max(0, untilMs - clock.nowMs());
    await isDoneWithin(this.#pulls.stop(), leftMs(), clock);
    if (!(await isDoneWithin(this.#handling, leftMs(), clock))) {
      cut();
      await isDoneWithin(this.#handling, cutGraceMs, clock);
    }
    this.#stopWorking();
    for (const message of this.#held()) message.nak(0);
  }

  /** Messages that were delivered and are not answered. */
  #held(): PulledMessage[] {
    const read = [...this.#inHand].flat();
    if (this.#next) read.push(this.#next);
    return [...read.map(({ message }) => message), ...this.#buffer];
  }

  #wanted(): number {
    const isEnough = this.#buffer.length > buffer.low || this.#bufferBytes > maxHeldBytes;
    return isEnough ? 0 : buffer.full - this.#buffer.length;
  }

  #take(message: PulledMessage): void {
    // One that has crossed the word that no more are wanted goes to another replica.
    if (this.#stopping.signal.aborted) message.nak(0);
    else {
      this.#buffer.push(message);
      this.#bufferBytes += message.message.data.length;
      this.#idle.shift()?.();
    }
  }

  async #handleUntilStopped(): Promise<void> {
    const { batches, clock } = this.#parts;
    const { signal } = this.#stopping;
    for (let outages = 0; ;) {
      await this.#untilSomethingIsThere();
      if (signal.aborted) return;
      const batch = this.#nextBatch();
      if (batch.length === 0) continue;
      this.#inHand.add(batch);
      this.#pulls.wantMore();
      const outage = await batches.handle(batch);
      this.#inHand.delete(batch);
      if (!outage) outages = 0;
      else await waitUnlessAborted(backoffMs(outages++, outagePauses), signal, clock);
    }
  }

  async #untilSomethingIsThere(): Promise<void> {
    if (this.#buffer.length === 0 && !this.#next && !this.#stopping.signal.aborted) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    // What the server has sent in one go is read in one turn of the event loop: it is handled together.
    await nextTurn();
  }

  /** Whole messages, up to `maxEvents` events and `maxReadBytes`, or one message that holds more. */
  #nextBatch(): ReadMessage<E>[] {
    const batch: ReadMessage<E>[] = [];
    for (let count = 0, bytes = 0; ;) {
      const next = this.#next ?? this.#readNext();
      this.#next = undefined;
      if (!next) return batch;
      count += next.events.length;
      bytes += next.message.message.data.length;
      if (batch.length > 0 && (count > this.#parts.maxEvents || bytes > maxReadBytes)) {
        this.#next = next;
        return batch;
      }
      batch.push(next);
    }
  }

  #readNext(): ReadMessage<E> | undefined {
    const { event } = this.#parts;
    const message = this.#buffer.shift();
    if (!message) return undefined;
    this.#bufferBytes -= message.message.data.length;
    const isReplayed = message.stream !== event.stream.name;
    const streamSequence = isReplayed ? Infinity : message.streamSequence;
    return { message, ...readEvents(event, message.message, streamSequence) };
  }
}
