import { consumedName, type ConsumedEvent } from '@weir/contracts/durable-consumers';
import type { DurableEvent } from '@weir/contracts/descriptors';
import type { FaultCode } from '@weir/contracts/faults';
import { backoffMs } from '../../../backoff.ts';
import type { Clock } from '../../../clock.ts';
import { Fault } from '../../../fault.ts';
import type { Logger } from '../../../logger.ts';
import { onAbort } from '../../../on-abort.ts';
import type { ConsumeOptions, DurableHandler } from '../../bus.ts';
import type { DeadLetterWriter } from './dead-letter-writer.ts';
import { isolateFailures } from './isolate-failures.ts';
import type { PulledMessage } from './pulled-message.ts';
import type { DeadEvent, MessageEvents, ReadEvent } from './read-events.ts';

interface BatchHandlerParts<E extends DurableEvent> {
  readonly event: E & ConsumedEvent;
  readonly handler: DurableHandler<E>;
  readonly limits: Required<Pick<ConsumeOptions, 'maxDeliveries' | 'redelivery' | 'handlerTimeoutMs'>>;
  readonly letters: Pick<DeadLetterWriter, 'write'>;
  /** Aborted when what is being handled is not waited for any longer. */
  readonly cut: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called for each message that is dealt with. */
  readonly onHandled: () => void;
  /** Called where a dead letter could not be stored. */
  readonly onLetterNotStored: () => void;
}

/** A message with what was read from it. */
export interface ReadMessage<E extends DurableEvent> extends MessageEvents<E> {
  readonly message: PulledMessage;
}

/** Faults that say nothing about an event: something that the handler needs is away, and comes back. */
const outages: readonly FaultCode[] = [
  'service_unavailable',
  'service_lost',
  'bus_disconnected',
  'overloaded',
  'resource_exhausted',
  'jetstream_disabled',
  'jetstream_quota_exceeded',
];

/** Has messages handled, and answers each: it is dealt with, or it is to come again. Never rejects. */
export class BatchHandler<E extends DurableEvent> {
  readonly #parts: BatchHandlerParts<E>;

  constructor(parts: BatchHandlerParts<E>) {
    this.#parts = parts;
  }

  /**
   * Messages that come for the first time are handled together. Those that have come before may have failed because of one
   * event among them, which is looked for. Resolves with the fault of an outage, if there is one.
   */
  async handle(messages: readonly ReadMessage<E>[]): Promise<Fault | undefined> {
    const isFirst = ({ message }: ReadMessage<E>) => message.deliveries === 1;
    const first = await this.#handleTogether(messages.filter(isFirst));
    const repeated = messages.filter((message) => !isFirst(message));
    if (!first) return this.#handleIsolating(repeated);
    for (const message of repeated) this.#retry(message, first);
    return first;
  }

  async #handleTogether(messages: readonly ReadMessage<E>[]): Promise<Fault | undefined> {
    const fault = await this.#attempt(messages.flatMap(({ events }) => events));
    if (!fault) await this.#finishAll(messages, new Map());
    else for (const message of messages) this.#retry(message, fault);
    return fault && isOutage(fault) ? fault : undefined;
  }

  async #handleIsolating(messages: readonly ReadMessage<E>[]): Promise<Fault | undefined> {
    try {
      const events = messages.flatMap(({ events }) => events);
      const failed = await isolateFailures(events, (some) => this.#attempt(some), isOutage);
      await this.#finishAll(messages, failed);
      return undefined;
    } catch (thrown) {
      const fault = Fault.from(thrown);
      for (const message of messages) this.#retry(message, fault);
      return fault;
    }
  }

  /** Resolves with the fault with which the handler has failed, if it has. */
  async #attempt(events: readonly ReadEvent<E>[]): Promise<Fault | undefined> {
    if (events.length === 0) return undefined;
    const { handler, limits, cut, clock } = this.#parts;
    const controller = new AbortController();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = (fault: Fault) => {
      controller.abort(fault);
      reject(fault);
    };
    const stopTimer = clock.after(limits.handlerTimeoutMs, () => {
      abort(new Fault('deadline_exceeded'));
    });
    const forgetCut = onAbort(cut, () => {
      abort(new Fault('service_lost'));
    });
    try {
      const received = events.map((event) => event.received);
      await Promise.race([aborted, handler(received, controller.signal)]);
      return undefined;
    } catch (thrown) {
      return Fault.from(thrown);
    } finally {
      stopTimer();
      forgetCut();
    }
  }

  async #finishAll(
    messages: readonly ReadMessage<E>[],
    failed: ReadonlyMap<ReadEvent<E>, Fault>,
  ): Promise<void> {
    for (const message of messages) {
      const ownFailed = message.events.filter((event) => failed.has(event));
      const [event] = ownFailed;
      const fault = event && failed.get(event);
      if (fault && message.message.deliveries < this.#parts.limits.maxDeliveries) this.#retry(message, fault);
      else {
        const dead = ownFailed.map((event) => ({
          dead: event.asDead(),
          reason: failed.get(event)?.code ?? 'internal_error',
        }));
        await this.#finish(message, [...message.refused, ...dead]);
      }
    }
  }

  /** A message whose dead letters cannot be kept comes again. */
  async #finish(
    message: ReadMessage<E>,
    deadEvents: readonly { readonly dead: DeadEvent; readonly reason: FaultCode }[],
  ): Promise<void> {
    const { event, letters, onHandled, onLetterNotStored } = this.#parts;
    try {
      for (const { dead, reason } of deadEvents) await letters.write(event, message.message, dead, reason);
    } catch (thrown) {
      onLetterNotStored();
      this.#retry(message, Fault.from(thrown));
      return;
    }
    message.message.ack();
    onHandled();
  }

  #retry({ message }: ReadMessage<E>, fault: Fault): void {
    const { event, limits, logger } = this.#parts;
    const { deliveries, stream, streamSequence: sequence } = message;
    const delayMs = backoffMs(deliveries - 1, limits.redelivery);
    message.nak(delayMs);
    const cause = fault.code === 'internal_error' ? (fault.cause ?? fault) : fault;
    logger.warn(
      { err: cause, event: consumedName(event), stream, sequence, deliveries, delayMs },
      'durable events could not be handled: they come again',
    );
  }
}

function isOutage({ code }: Fault): boolean {
  return outages.includes(code);
}
