import { headers as createHeaders } from '@nats-io/transport-node';
import type { Problem } from '@weir/contracts/problems';
import { backoffMs } from '../../../backoff.ts';
import type { Clock } from '../../../clock.ts';
import { Fault } from '../../../fault.ts';
import type { Logger } from '../../../logger.ts';
import type { Metrics } from '../../../metrics.ts';
import type { Problems } from '../../../problems.ts';
import type { BatchingPublisher } from '../../connection/batching-publisher.ts';
import type { ReplyInbox } from '../../connection/reply-inbox.ts';
import { batchContentType, type EncodedEvent } from './cloud-event.ts';
import { batchLimits, EventBatcher, type EventBatch } from './event-batcher.ts';
import { unstoredProblem } from '../jetstream-problem.ts';
import { LostEvents, type LossReason } from './lost-events.ts';
import { UnstoredEvents } from './unstored-events.ts';
import { readPublishAck } from './publish-ack.ts';

export interface DurablePublisherParts {
  /** Unique among all publishers of durable events. */
  readonly publisherId: string;
  readonly inbox: Pick<ReplyInbox, 'open' | 'close'>;
  readonly publisher: Pick<BatchingPublisher, 'send'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly problems: Pick<Problems, 'report' | 'clear'>;
  /** Called again and again while events are not stored: perhaps their stream has gone. */
  readonly onNotStored: () => void;
}

/** How many events are kept until JetStream has them. */
const maxPending = 10_000;
/** A queue that was full takes events again, and says so, from here on. */
const roomAgainAt = 9_000;

/** How many messages are sent before the first of them is acknowledged. */
const maxUnacknowledged = 64;
const ackTimeoutMs = 5_000;

const problemName = 'durable events';

/** After a failure nothing is sent for so long. */
const pause = { firstMs: 100, longestMs: 1_000 };

/**
 * Sends durable events to JetStream in batches, and each batch again until JetStream has it. Whoever publishes waits for
 * nothing, so that an outage of JetStream's costs no request anything. Beyond the end of the queue the newest are refused,
 * counted and logged. The queue is in memory: a process that dies loses what is in it, which is what has gathered and
 * what is not acknowledged.
 */
export class DurablePublisher {
  readonly #parts: DurablePublisherParts;
  readonly #losses: LostEvents;
  readonly #batcher: EventBatcher;
  /** Events that JetStream has not acknowledged, whether gathered, ready or sent. */
  readonly #unstored: UnstoredEvents;
  readonly #settledWaiters: (() => void)[] = [];
  /** To be sent, or to be sent again; the latter come last. */
  #ready: EventBatch[] = [];
  #unacknowledged = 0;
  #failures = 0;
  /** Ends the pause after a failure; undefined where there is none. */
  #endPause: (() => void) | undefined;
  #stopAgeTimer: (() => void) | undefined;
  #isTurnObserved = false;
  #isStopped = false;

  constructor(parts: DurablePublisherParts) {
    this.#parts = parts;
    const { clock, logger, metrics, publisherId } = parts;
    this.#losses = new LostEvents(logger, metrics);
    this.#unstored = new UnstoredEvents(clock);
    const onBatch = (batch: EventBatch) => {
      this.#ready.push(batch);
    };
    this.#batcher = new EventBatcher({ publisherId, onBatch });
    metrics.gauge(
      { name: 'bus_events_pending', help: 'Durable events that JetStream has not acknowledged yet.' },
      () => this.pending,
    );
  }

  get pending(): number {
    return this.#unstored.count;
  }

  /** Whether the last that was heard of JetStream is that it has not stored something. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  publish(event: EncodedEvent): void {
    const isFull = this.pending >= (this.#losses.isRefusing ? roomAgainAt : maxPending);
    if (this.#isStopped || isFull) {
      if (this.#isStopped) this.#losses.lose(event, 'stopped');
      else this.#losses.refuse();
      this.#unstored.lost(event);
    } else {
      this.#losses.accept();
      this.#unstored.add(event);
      this.#batcher.add(event);
      if (!this.#isTurnObserved) setImmediate(this.#endTurn);
      this.#isTurnObserved = true;
    }
  }

  /** See `Bus.durablePublished`. */
  published(): Promise<void> {
    return this.#unstored.allStored();
  }

  /** Resolves when nothing waits for JetStream any more: it has everything, but for what is lost. */
  settled(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#settledWaiters.push(resolve));
  }

  /** Gives up what JetStream has not acknowledged by now. */
  stop(): void {
    this.#isStopped = true;
    this.#endPause?.();
    this.#stopAgeTimer?.();
    this.#losses.abandon(this.pending);
    this.#unstored.abandon();
  }

  /** The turn of the event loop is over in which something was published. */
  readonly #endTurn = (): void => {
    this.#isTurnObserved = false;
    this.#batcher.endTurn();
    this.#sendReady();
    if (!this.#stopAgeTimer) this.#boundAge();
  };

  /**
   * What has gathered for too long behind a slow acknowledgement is sent without it. While JetStream fails, it goes on
   * gathering: there is nobody to send it to.
   */
  #boundAge(): void {
    const { clock } = this.#parts;
    const { oldestAtMs } = this.#batcher;
    this.#stopAgeTimer = undefined;
    if (oldestAtMs === undefined || this.#isStopped) return;
    const dueInMs = Math.max(1, oldestAtMs + batchLimits.maxAgeMs - clock.nowMs());
    this.#stopAgeTimer = clock.after(this.isFailing ? batchLimits.maxAgeMs : dueInMs, () => {
      if (!this.isFailing) this.#batcher.completeOlderThan(clock.nowMs() - batchLimits.maxAgeMs);
      this.#sendReady();
      this.#boundAge();
    });
  }

  #sendReady(): void {
    while (!this.#endPause && this.#unacknowledged < maxUnacknowledged) {
      const batch = this.#ready.shift();
      if (!batch) return;
      this.#send(batch);
    }
  }

  #send(batch: EventBatch): void {
    const { inbox, publisher, clock } = this.#parts;
    const close = () => {
      inbox.close(reply);
      this.#unacknowledged--;
    };
    const retry = (reason: string, code?: number) => {
      close();
      this.#sendAgain(batch, unstoredProblem(code, reason));
    };
    const reply = inbox.open({
      expiresAtMs: clock.nowMs() + ackTimeoutMs,
      onMessage: (message) => {
        const ack = readPublishAck(message);
        if (ack.kind === 'passing') {
          retry(ack.reason, ack.code);
          return;
        }
        close();
        if (ack.kind === 'stored') this.#settle(batch);
        else this.#lose(batch, 'refused', ack.reason);
        this.#proceed();
      },
      onExpired: () => {
        retry('no acknowledgement has come in time');
      },
      onLost: (fault) => {
        retry(fault.message);
      },
    });
    this.#unacknowledged++;
    try {
      publisher.send({ ...messageOf(batch), reply });
    } catch (thrown) {
      const fault = Fault.from(thrown);
      if (fault.code === 'bus_disconnected') retry(fault.message);
      else {
        close();
        this.#lose(batch, 'too_large', fault.cause);
      }
    }
  }

  /** JetStream works. */
  #proceed(): void {
    if (this.#failures > 0) this.#parts.problems.clear(problemName);
    this.#failures = 0;
    this.#sendReady();
  }

  /** One event that can never be stored must not take the others of its batch with it: each is tried alone. */
  #lose(batch: EventBatch, reason: LossReason, cause: unknown): void {
    const [event, ...others] = batch.events;
    if (others.length > 0) this.#ready.push(...this.#batcher.split(batch));
    else {
      if (event) {
        this.#losses.lose(event, reason, cause);
        this.#unstored.lost(event);
      }
      this.#settle(batch);
    }
  }

  #settle(batch: EventBatch): void {
    this.#unstored.stored(batch.events);
    this.#batcher.settled(batch);
    if (this.pending === 0) for (const resolve of this.#settledWaiters.splice(0)) resolve();
  }

  #sendAgain(batch: EventBatch, problem: Problem): void {
    if (this.#isStopped) return;
    const { clock, problems, onNotStored } = this.#parts;
    this.#ready.push(batch);
    if (this.#endPause) return;
    onNotStored();
    problems.report(problemName, { ...problem, blocks: false });
    this.#endPause = clock.after(backoffMs(this.#failures++, pause), () => {
      this.#endPause = undefined;
      this.#sendReady();
    });
  }
}

function messageOf({ subject, messageId, events }: EventBatch) {
  const headers = createHeaders();
  headers.append('Nats-Msg-Id', messageId);
  headers.append('content-type', batchContentType);
  return { subject, data: `[${events.map(({ json }) => json).join(',')}]`, headers };
}
