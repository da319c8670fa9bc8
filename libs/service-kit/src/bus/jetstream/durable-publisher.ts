import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import type { Logger } from '../../logger.ts';
import type { Metrics } from '../../metrics.ts';
import type { CloudEvent } from './cloud-event.ts';
import { readPublishAck } from './publish-ack.ts';
import { LostEvents } from './lost-events.ts';
import type { ReplyInbox } from '../connection/reply-inbox.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';

export interface DurablePublisherParts {
  readonly inbox: Pick<ReplyInbox, 'open' | 'close'>;
  readonly publisher: Pick<BatchingPublisher, 'send'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Called again and again while events are not stored: perhaps their stream has gone. */
  readonly onNotStored: () => void;
}

/** How many events are kept until JetStream has them. */
const maxPending = 10_000;
/** A queue that was full takes events again, and says so, from here on. */
const roomAgainAt = 9_000;

/** How many are sent before the first of them is acknowledged. */
const windowSize = 64;
const ackTimeoutMs = 5_000;

/** After a failure nothing is sent for so long; it doubles with each further one. */
const firstPauseMs = 100;
const longestPauseMs = 1_000;

/**
 * Sends durable events to JetStream, and again until it has them. Whoever records waits for nothing, so that an outage
 * of JetStream's costs no request anything. Beyond the end of the queue the newest are refused, counted and logged.
 */
export class DurablePublisher {
  readonly #parts: DurablePublisherParts;
  readonly #losses: LostEvents;
  readonly #settled: (() => void)[] = [];
  /** Not sent yet, or to be sent again: their order says nothing. */
  #waiting: CloudEvent[] = [];
  #unacknowledged = 0;
  #failures = 0;
  /** Ends the pause after a failure; undefined where there is none. */
  #endPause: (() => void) | undefined;
  #isStopped = false;

  constructor(parts: DurablePublisherParts) {
    this.#parts = parts;
    const { logger, metrics } = parts;
    this.#losses = new LostEvents(logger, metrics);
    metrics.gauge(
      { name: 'bus_events_pending', help: 'Durable events that JetStream has not acknowledged yet.' },
      () => this.pending,
    );
  }

  get pending(): number {
    return this.#waiting.length + this.#unacknowledged;
  }

  /** Whether the last that was heard of JetStream is that it has not stored something. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  record(event: CloudEvent): void {
    if (this.#isStopped) this.#losses.lose(event, 'stopped');
    else if (this.pending >= (this.#losses.isRefusing ? roomAgainAt : maxPending)) this.#losses.refuse();
    else {
      this.#losses.accept();
      this.#waiting.push(event);
      this.#pump();
    }
  }

  /** Resolves when JetStream has everything that was recorded. */
  settled(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#settled.push(resolve));
  }

  /** Gives up what JetStream has not acknowledged by now. */
  stop(): void {
    this.#isStopped = true;
    this.#endPause?.();
    this.#losses.abandon(this.pending);
  }

  #pump(): void {
    while (!this.#endPause && this.#unacknowledged < windowSize) {
      const event = this.#waiting.shift();
      if (!event) return;
      this.#send(event);
    }
  }

  #send(event: CloudEvent): void {
    const { inbox, publisher, clock } = this.#parts;
    const over = () => {
      inbox.close(reply);
      this.#unacknowledged--;
    };
    const again = (reason: string) => {
      over();
      this.#sendAgain(event, reason);
    };
    const reply = inbox.open({
      expiresAtMs: clock.nowMs() + ackTimeoutMs,
      onMessage: (message) => {
        const ack = readPublishAck(message);
        if (ack.kind === 'passing') {
          again(ack.reason);
          return;
        }
        over();
        if (ack.kind === 'lasting') this.#losses.lose(event, 'refused', ack.reason);
        this.#proceed();
      },
      onExpired: () => {
        again('no acknowledgement has come in time');
      },
      onLost: (fault) => {
        again(fault.message);
      },
    });
    this.#unacknowledged++;
    try {
      publisher.send({ ...event, reply });
    } catch (thrown) {
      const fault = Fault.from(thrown);
      if (fault.code === 'bus_disconnected') again(fault.message);
      else {
        over();
        this.#losses.lose(event, 'too_large', fault.cause);
        this.#settle();
      }
    }
  }

  /** JetStream works. */
  #proceed(): void {
    if (this.#failures > 0) this.#parts.logger.info('durable events are stored again');
    this.#failures = 0;
    this.#pump();
    this.#settle();
  }

  #settle(): void {
    if (this.pending === 0) for (const resolve of this.#settled.splice(0)) resolve();
  }

  #sendAgain(event: CloudEvent, reason: string): void {
    if (this.#isStopped) return;
    const { clock, logger, onNotStored } = this.#parts;
    this.#waiting.push(event);
    if (this.#endPause) return;
    onNotStored();
    if (this.#failures === 0) logger.warn({ reason }, 'durable events are not stored: they are sent again');
    const pauseMs = Math.min(firstPauseMs * 2 ** this.#failures++, longestPauseMs);
    this.#endPause = clock.after(pauseMs, () => {
      this.#endPause = undefined;
      this.#pump();
    });
  }
}
