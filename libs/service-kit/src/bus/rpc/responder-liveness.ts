import { heardMark } from '@weir/contracts/frames';
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

/** An instance that was not told for so long that it was heard is told at once: it may wait for that before it begins. */
const confirmAfterMs = 2_000;

/** Told when the instance that it depends on is gone. */
export interface ResponderWatcher {
  onInstanceLost(fault: Fault): void;
}

/** How often each instance that holds streams of ours is probed. */
const probeIntervalMs = 200;

/** An instance that is connected and yet silent for this long hangs. By then it would have given up its streams to a silent requester too. */
const silenceLimitMs = 5_000;

/**
 * Notices within a probe's interval that an instance which holds streams of ours was killed: its control subject
 * then has no subscriber, and the server says so. One probe an instance, however many streams it holds.
 */
export class ResponderLiveness {
  readonly #instances = new Map<string, Watched>();
  /** When each instance was last told that it was heard, also of those that hold nothing now. */
  readonly #confirmedAtMs = new Map<string, number>();
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
      const longAgoMs = clock.nowMs() - confirmAfterMs;
      for (const [control, atMs] of this.#confirmedAtMs)
        if (atMs < longAgoMs) this.#confirmedAtMs.delete(control);
    });
  }

  /** Called when a stream's acceptance has come. */
  watch(control: string, watcher: ResponderWatcher): void {
    let watched = this.#instances.get(control);
    if (watched) watched.watchers.add(watcher);
    else {
      watched = { watchers: new Set([watcher]), answeredAtMs: this.#clock.nowMs(), probe: undefined };
      this.#instances.set(control, watched);
    }
    if (!this.#confirmedAtMs.has(control)) this.#probe(control, watched);
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
    const hasHeard = watched.probe === undefined;
    watched.probe ??= this.#inbox.open(this.#entry(control, watched));
    this.#publisher.trySend({ subject: control, data: hasHeard ? heardMark : '', reply: watched.probe });
    if (hasHeard) this.#confirmedAtMs.set(control, this.#clock.nowMs());
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
