import type { NatsConnection, PermissionViolationError } from '@nats-io/transport-node';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isInbox } from '@weir/contracts/frames';
import type { Clock } from '../../clock.ts';
import type { KeptSubscription, Subscriber } from './subscriber.ts';

interface PermissionsParts {
  readonly connection: Pick<NatsConnection, 'flush'>;
  readonly subscriber: Pick<Subscriber, 'find'>;
  readonly clock: Clock;
  /** Publishes to a subject what does nothing wherever it arrives. */
  readonly probe: (subject: string) => void;
  /** Something is denied that was not, or is granted again. */
  readonly onChange: () => void;
}

type Operation = 'subscribe' | 'publish';

export interface Denial {
  readonly operation: Operation;
  /** The subject, or `_INBOX_ingress.>` for all replies to a service. */
  readonly subject: string;
}

interface Denied extends Denial {
  atMs: number;
  /** Tries again whether it is granted. Without one it is forgotten when nothing has been refused for a while. */
  readonly retry: (() => void) | undefined;
  readonly onGranted: () => void;
}

/** How long what cannot be tried without harm counts as denied after it was refused. */
const forgottenAfterMs = 10_000;

/** More than a service has subjects. */
const maxDenied = 256;

/**
 * What the server has refused to this connection's user, until it grants it again: permissions change while servers run, and are tried
 * again every second. A server says that it refuses something before it answers the flush that follows.
 */
export class Permissions {
  readonly #parts: PermissionsParts;
  readonly #denied = new Map<string, Denied>();
  readonly #refusedAgain = new Set<string>();

  constructor(parts: PermissionsParts) {
    this.#parts = parts;
  }

  get isAnyDenied(): boolean {
    return this.#denied.size > 0;
  }

  get denied(): Iterable<Denial> {
    return this.#denied.values();
  }

  /** For each message that is sent. What cannot be tried by itself is not held back: it is tried by being sent. */
  mayPublish(subject: string): boolean {
    if (this.#denied.size === 0) return true;
    return !this.#denied.get(keyOf('publish', addresseesOf(subject)))?.retry;
  }

  maySubscribe(subject: string): boolean {
    return this.#denied.size === 0 || !this.#denied.has(keyOf('subscribe', subject));
  }

  /** `isRequest`: the subject was asked for a reply, and so can be asked by a probe. */
  refused({ operation, subject }: PermissionViolationError, isRequest: boolean): void {
    if (operation === 'subscription') {
      const kept = this.#parts.subscriber.find(subject);
      // Of the client's own inboxes, which it makes anew whenever it needs one, none is like another.
      if (kept) this.#refuse('subscribe', subject, this.#retryOf(kept));
      else this.#refuse('subscribe', addresseesOf(subject), {});
    } else {
      const retry =
        isInbox(subject) || isRequest
          ? () => {
              this.#parts.probe(probeOf(subject));
            }
          : undefined;
      this.#refuse('publish', addresseesOf(subject), { retry });
    }
  }

  /** To be called every second. */
  async check(): Promise<void> {
    const { clock, connection } = this.#parts;
    if (this.#denied.size === 0) return;
    const longAgoMs = clock.nowMs() - forgottenAfterMs;
    this.#refusedAgain.clear();
    const tried = [...this.#denied].filter(([, { retry, atMs }]) => {
      retry?.();
      return retry !== undefined || atMs < longAgoMs;
    });
    await connection.flush();
    // Refusals come as statuses of the connection, which are read in turns of their own.
    await nextTurn();
    const granted = tried.filter(([key]) => !this.#refusedAgain.has(key));
    for (const [key, { onGranted }] of granted) {
      this.#denied.delete(key);
      onGranted();
    }
    if (granted.length > 0) this.#parts.onChange();
  }

  #refuse(operation: Operation, subject: string, how: Partial<Pick<Denied, 'retry' | 'onGranted'>>): void {
    const key = keyOf(operation, subject);
    this.#refusedAgain.add(key);
    const known = this.#denied.get(key);
    const atMs = this.#parts.clock.nowMs();
    if (known) known.atMs = atMs;
    if (known?.retry || (!known && this.#denied.size >= maxDenied)) return;
    const { retry, onGranted = () => undefined } = how;
    this.#denied.set(key, { operation, subject, atMs, retry, onGranted });
    if (!known) this.#parts.onChange();
  }

  #retryOf(refused: KeptSubscription): Partial<Pick<Denied, 'retry' | 'onGranted'>> {
    const { subject } = refused;
    // A member that has left its queue group meanwhile still wants to know whether it may come back.
    const newest = (): KeptSubscription => this.#parts.subscriber.find(subject) ?? refused;
    return {
      retry: () => {
        const kept = newest();
        if (!kept.isClosed() || kept.queue !== undefined) kept.renew();
      },
      onGranted: () => {
        const kept = newest();
        if (kept.isClosed()) void kept.drain();
      },
    };
  }
}

const keyOf = (operation: Operation, subject: string) => `${operation} ${subject}`;

/** Each reply has a subject of its own, and all of those to a service have one permission. */
export const addresseesOf = (subject: string) => (isInbox(subject) ? `${firstTokenOf(subject)}.>` : subject);

/** Nobody waits for this one. */
const probeOf = (subject: string) => (isInbox(subject) ? `${firstTokenOf(subject)}.probe` : subject);

function firstTokenOf(subject: string): string {
  const dot = subject.indexOf('.');
  return dot === -1 ? subject : subject.slice(0, dot);
}
