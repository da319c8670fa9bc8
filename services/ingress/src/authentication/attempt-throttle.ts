import { authenticationFailed } from '@weir/contracts/keys/verification';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Metrics } from '@weir/service-kit/metrics';
import type { RequestHead } from '../admission.ts';
import { clientAddress, clientNetwork } from '../domain/client-address.ts';
import { FailedAttempts, type Attempt } from './failed-attempts.ts';

interface ThrottleParts {
  readonly bus: Pick<Bus, 'connected' | 'publish' | 'subscribe'>;
  readonly clock: Clock;
  /** This process among the replicas. */
  readonly instance: string;
  readonly metrics: Metrics;
}

/** How many answers wait at once: each holds a connection. */
export const maxDelayed = 1_000;

/** How many failures a second are told to the other replicas. */
const maxToldPerSecond = 50;

/**
 * Slows down whoever sends keys that are not valid, by the address and by the key's id: their answers wait, longer each time.
 * A valid key never waits, whatever came before from its address or under its id, so that nobody can lock out its owner.
 */
export class AttemptThrottle {
  readonly #parts: ThrottleParts;
  readonly #attempts: FailedAttempts;
  readonly #failures;
  #delayed = 0;
  #told = { second: 0, count: 0 };

  constructor(parts: ThrottleParts) {
    const { bus, clock, instance, metrics } = parts;
    this.#parts = parts;
    this.#attempts = new FailedAttempts(clock);
    this.#failures = metrics.counter({
      name: 'authentication_failures_total',
      help: 'Requests with keys that are not valid, and whether they were answered at once, after a delay, or refused by 429',
      labels: ['code', 'answer'],
    });
    metrics.gauge(
      { name: 'authentication_delayed', help: 'Answers to keys that are not valid that wait.' },
      () => this.#delayed,
    );
    bus.subscribe(authenticationFailed, ({ address: network, instance: teller, keyId }) => {
      if (teller !== instance) this.#attempts.add({ network, keyId });
    });
  }

  /** Whether so many came from there that only few are looked up any more. */
  isOverLimit(head: RequestHead): boolean {
    return this.#attempts.isOverLimit(networkOf(head));
  }

  /** Takes one of these few, or says that there is none for now. */
  takeLookup(head: RequestHead): boolean {
    return this.#attempts.takeLookup(networkOf(head));
  }

  /** Rejects with the fault, in due time; with `too_many_failed_attempts` where too many are waiting already. */
  async refuse(head: RequestHead, fault: Fault, keyId?: string): Promise<never> {
    const attempt = { network: networkOf(head), keyId };
    this.#attempts.add(attempt);
    this.#tell(attempt, head);
    const delayMs = this.#attempts.delayMs(attempt);
    if (delayMs === 0) this.#count(fault, 'at_once');
    else if (this.#delayed < maxDelayed) {
      this.#count(fault, 'delayed');
      await this.#wait(delayMs, head);
    } else {
      this.#count(fault, 'refused');
      throw new Fault('too_many_failed_attempts', { retryAfterMs: delayMs });
    }
    throw fault;
  }

  #count({ code }: Fault, answer: 'at_once' | 'delayed' | 'refused'): void {
    this.#failures.inc({ code, answer });
  }

  /** Until the time is over, or the client has left. */
  async #wait(delayMs: number, { responseWriter }: RequestHead): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const end = () => {
      resolve(undefined);
    };
    const stop = this.#parts.clock.after(delayMs, end);
    void responseWriter.ended.then(end);
    this.#delayed++;
    await promise;
    stop();
    this.#delayed--;
  }

  /** Tells the other replicas, unless there is too much to tell, or nobody to tell it to. */
  #tell(
    { keyId, network: address }: Attempt,
    { responseWriter: { requestId, traceparent } }: RequestHead,
  ): void {
    const { bus, clock, instance } = this.#parts;
    const nowMs = clock.nowMs();
    const second = Math.floor(nowMs / 1_000);
    if (this.#told.second !== second) this.#told = { second, count: 0 };
    if (this.#told.count++ >= maxToldPerSecond || !bus.connected) return;
    const envelope = { requestId, tenant: 'default', traceparent, deadlineAtMs: nowMs + 1_000 };
    bus.publish(authenticationFailed, { instance, address, keyId }, envelope);
  }
}

const networkOf = (head: RequestHead) => clientNetwork(clientAddress(head.ip));
