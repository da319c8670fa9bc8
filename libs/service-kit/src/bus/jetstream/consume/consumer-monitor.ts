import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import type { Clock } from '../../../clock.ts';
import type { Logger } from '../../../logger.ts';
import type { ConsumerPosition } from '../../bus.ts';

interface MonitorParts {
  /** The event, and by which of its consumers: `usage.attempted as ledger`. */
  readonly event: string;
  readonly maxPending: number;
  readonly maxStalledMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Resolves to undefined where it cannot be had. */
  readonly readInfo: () => Promise<ConsumerInfo | undefined>;
}

const intervalMs = 5_000;

/** Watches how far a consumer is behind its stream, whichever replica does its work, and says when it lags. */
export class ConsumerMonitor {
  readonly #parts: MonitorParts;
  readonly #stop: () => void;
  #pending = 0;
  #ackPending = 0;
  /** Up to here all messages are acknowledged, by whichever replica. */
  #ackFloor = 0;
  #progressAtMs: number;
  #isLagging = false;

  constructor(parts: MonitorParts) {
    this.#parts = parts;
    this.#progressAtMs = parts.clock.nowMs();
    this.#stop = parts.clock.every(intervalMs, () => void this.check());
  }

  /** Messages that no replica was given yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Messages that replicas hold, or that are to be delivered again. */
  get ackPending(): number {
    return this.#ackPending;
  }

  /** For how long messages have waited without one being acknowledged; 0 where none waits. */
  get stalledMs(): number {
    return this.#pending + this.#ackPending === 0 ? 0 : this.#parts.clock.nowMs() - this.#progressAtMs;
  }

  get isLagging(): boolean {
    return this.#isLagging;
  }

  /** This replica has acknowledged a message. */
  progress(): void {
    this.#progressAtMs = this.#parts.clock.nowMs();
  }

  /** Where JetStream does not answer, what was last known stays, and time goes on. */
  async check(): Promise<void> {
    const info = await this.#parts.readInfo();
    if (info) this.#observe(info);
    this.#report();
  }

  stop(): void {
    this.#stop();
  }

  #observe({ num_pending, num_ack_pending, ack_floor }: ConsumerInfo): void {
    this.#pending = num_pending;
    this.#ackPending = num_ack_pending;
    const isIdle = num_pending + num_ack_pending === 0;
    if (isIdle || ack_floor.consumer_seq !== this.#ackFloor) this.progress();
    this.#ackFloor = ack_floor.consumer_seq;
  }

  #report(): void {
    const { event, maxPending, maxStalledMs, logger } = this.#parts;
    const { stalledMs } = this;
    const [pending, ackPending] = [this.#pending, this.#ackPending];
    // Half of the bound ends what the bound has begun, so that it is not said again and again.
    const bound = this.#isLagging ? maxPending / 2 : maxPending;
    const isStalled = stalledMs > maxStalledMs;
    const isLagging = isStalled || pending + ackPending > bound;
    if (isLagging === this.#isLagging) return;
    this.#isLagging = isLagging;
    const lag = { event, pending, ackPending, stalledMs };
    if (isStalled) logger.warn(lag, 'a consumer of durable events stands still');
    else if (isLagging) logger.warn(lag, 'a consumer of durable events lags behind');
    else logger.info(lag, 'a consumer of durable events has caught up');
  }
}

/** How far a consumer has come in its stream. */
export async function readPosition(
  { streams, consumers }: Pick<JetStreamManager, 'streams' | 'consumers'>,
  stream: string,
  consumer: string,
): Promise<ConsumerPosition> {
  // The stream first: of what was in it by then, what is not pending afterwards is dealt with.
  const { created, state, config } = await streams.info(stream);
  const { num_pending, num_ack_pending, ack_floor } = await consumers.info(stream, consumer);
  return {
    streamCreatedAt: created,
    lastSequence: state.last_seq,
    firstSequence: state.first_seq,
    bytes: state.bytes,
    // The server says -1 where there is no limit.
    maxBytes: config.max_bytes > 0 ? config.max_bytes : Infinity,
    ackFloor: ack_floor.stream_seq,
    pending: num_pending + num_ack_pending,
  };
}
