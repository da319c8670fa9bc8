import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import { isNoResponders } from '../connection/message-headers.ts';
import type { ReplyInbox, PendingReply } from '../connection/reply-inbox.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';

interface Watched {
  readonly watchers: Set<ResponderWatcher>;
  answeredAtMs: number;
  probe: string | undefined;
}

/** Told when the instance that it depends on is gone. */
export interface ResponderWatcher {
  onInstanceLost(fault: Fault): void;
}

/** How often each instance that holds streams of ours is probed. */
const probeIntervalMs = 200;

/** An instance that is connected and yet silent for this long hangs. */
const silenceLimitMs = 10_000;

/**
 * Notices within a probe's interval that an instance which holds streams of ours was killed: its control subject
 * then has no subscriber, and the server says so. One probe an instance, however many streams it holds.
 */
export class ResponderLiveness {
  readonly #instances = new Map<string, Watched>();
  readonly #inbox: ReplyInbox;
  readonly #publisher: BatchingPublisher;
  readonly #clock: Clock;
  readonly #stop: () => void;

  constructor(inbox: ReplyInbox, publisher: BatchingPublisher, clock: Clock) {
    this.#inbox = inbox;
    this.#publisher = publisher;
    this.#clock = clock;
    this.#stop = clock.every(probeIntervalMs, () => {
      for (const [control, watched] of this.#instances) this.#probe(control, watched);
    });
  }

  watch(control: string, watcher: ResponderWatcher): void {
    const watched = this.#instances.get(control);
    if (watched) watched.watchers.add(watcher);
    else {
      const answeredAtMs = this.#clock.nowMs();
      this.#instances.set(control, { watchers: new Set([watcher]), answeredAtMs, probe: undefined });
    }
  }

  unwatch(control: string, watcher: ResponderWatcher): void {
    const watched = this.#instances.get(control);
    if (!watched?.watchers.delete(watcher) || watched.watchers.size > 0) return;
    this.#forget(control, watched);
  }

  stop(): void {
    this.#stop();
  }

  /** Sent on every tick, even while one is unanswered: an instance may die before it answers, and then only the next says so. */
  #probe(control: string, watched: Watched): void {
    watched.probe ??= this.#inbox.open(this.#entry(control, watched));
    this.#publisher.trySend({ subject: control, data: '', reply: watched.probe });
  }

  #entry(control: string, watched: Watched): PendingReply {
    return {
      expiresAtMs: watched.answeredAtMs + silenceLimitMs,
      onMessage: (message) => {
        this.#endProbe(watched);
        if (isNoResponders(message)) this.#lose(control, watched);
        else watched.answeredAtMs = this.#clock.nowMs();
      },
      onExpired: () => {
        this.#lose(control, watched);
      },
      onLost: () => {
        this.#forget(control, watched);
      },
    };
  }

  #endProbe(watched: Watched): void {
    if (watched.probe) this.#inbox.close(watched.probe);
    watched.probe = undefined;
  }

  #forget(control: string, watched: Watched): void {
    this.#endProbe(watched);
    this.#instances.delete(control);
  }

  #lose(control: string, watched: Watched): void {
    this.#forget(control, watched);
    for (const watcher of watched.watchers) watcher.onInstanceLost(new Fault('service_lost'));
  }
}
