import { hash } from 'node:crypto';
import type { targetHealth } from '@weir/contracts/routing/buckets';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { isSameProbe, isWell, merge, type CircuitState } from './circuit-state.ts';
import { Circuit, type Ended } from './circuit.ts';
import type { Probe, Subject } from './health.ts';

export interface SharingParts {
  readonly store: Store<typeof targetHealth>;
  /** This router instance's id. */
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A request waits for the right to probe no longer than this: then this router gives it by itself. */
const maxClaimMs = 250;

/** Each time somebody else was faster, whose word our copy has soon after. */
const maxConflicts = 10;

/** A cooldown that only ends so much later is not worth a message: under load each answer prolongs it by a little. */
const worthTellingMs = 500;

/**
 * A circuit that all routers share as well as they can. It is changed here first and told in the background, one write at a
 * time, of the newest state. Where the store cannot be reached, each router goes by what it has seen itself.
 */
export class SharedCircuit {
  readonly subject: Subject;
  /** In the bucket, whose keys may hold neither any character nor any length. */
  readonly key: string;
  /** When an attempt last ended; undefined where none has, and only others have told of it. */
  askedAtMs: number | undefined;
  readonly #circuit = new Circuit();
  readonly #parts: SharingParts;
  /** What is to be told; another object whenever there is more of it. */
  #untold: { readonly breakerMoved: boolean } | undefined;
  /** While something is being told. Never rejects. */
  #telling: Promise<void> | undefined;

  constructor(subject: Subject, parts: SharingParts) {
    this.subject = subject;
    this.key = hash('sha256', subject.key, 'base64url').slice(0, 22);
    this.#parts = parts;
  }

  get state(): CircuitState {
    return this.#circuit.state;
  }

  /** What is in the bucket now, if anything. What we have yet to tell is newer. */
  takeOver(shared: CircuitState | undefined): void {
    const { breaker } = this.state;
    // Nobody closes a circuit before its time, so the entry was not deleted: the bucket is gone with its server's memory.
    if (!shared && breaker && this.#parts.clock.nowMs() < breaker.untilMs) return;
    this.#circuit.takeOver(this.#mergedWith(shared ?? {}, this.#untold?.breakerMoved ?? false));
  }

  record(ended: Ended): void {
    const before = this.state;
    this.#circuit.record(ended);
    const { breaker, cooldown } = this.state;
    const told = this.#parts.store.get(this.key)?.value;
    const breakerMoved = breaker !== before.breaker;
    const isProlonged =
      cooldown !== undefined &&
      cooldown !== before.cooldown &&
      cooldown.untilMs >= (told?.cooldown?.untilMs ?? 0) + worthTellingMs;
    // Nobody tells of a cooldown's end. Who finds that all is well takes it out of the bucket.
    const isOver = told !== undefined && isWell(told, ended.nowMs) && ended.outcome.kind === 'success';
    if (breakerMoved || isProlonged || isOver) this.#tell(breakerMoved);
  }

  /** The right to probe, which one request of one router has at a time. */
  async claim(): Promise<Probe | undefined> {
    const { store, clock, instance } = this.#parts;
    // Ours at once, so that no second request of this router asks for it meanwhile.
    const probe = this.#circuit.claim(instance, clock.nowMs());
    if (!probe) return undefined;
    const isGranted = await this.#withinLimit(this.#claimForAll(probe));
    const { breaker } = this.state;
    // Meanwhile it may have closed, and even opened again: then the right is to be asked for again.
    if (isGranted && (!breaker || isSameProbe(breaker.probe, probe))) return probe;
    this.#circuit.release(probe);
    // It may have been told along with something else.
    if (isSameProbe(store.get(this.key)?.value.breaker?.probe, probe)) this.#tell(true);
    return undefined;
  }

  /** False where another router was faster. True where nobody can say so. */
  async #claimForAll(probe: Probe): Promise<boolean> {
    const { store } = this.#parts;
    // Else a write of our own would be the faster one.
    await this.#telling;
    const entry = store.get(this.key);
    const claimed = this.#mergedWith(entry?.value ?? {}, true);
    if (!isSameProbe(claimed.breaker?.probe, probe)) return false;
    try {
      await store.put(this.key, this.#valueOf(claimed), { expectedRevision: entry?.revision ?? 0 });
      return true;
    } catch (thrown) {
      // A copy that is behind conflicts with everything.
      if (isConflict(thrown) && store.isCurrent) return false;
      this.#log(thrown);
      return true;
    }
  }

  #withinLimit(claim: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve) => {
      const stop = this.#parts.clock.after(maxClaimMs, () => {
        resolve(true);
      });
      void claim.then((isOurs) => {
        stop();
        resolve(isOurs);
      });
    });
  }

  #tell(breakerMoved: boolean): void {
    this.#untold = { breakerMoved: breakerMoved || this.#untold?.breakerMoved === true };
    this.#telling ??= this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    let conflicts = 0;
    for (let untold = this.#untold; untold; untold = this.#untold) {
      try {
        await this.#write(untold.breakerMoved);
      } catch (thrown) {
        if (isConflict(thrown) && ++conflicts < maxConflicts) continue;
        this.#log(thrown);
      }
      if (this.#untold === untold) this.#untold = undefined;
    }
    this.#telling = undefined;
  }

  async #write(breakerMoved: boolean): Promise<void> {
    const { store, clock } = this.#parts;
    const entry = store.get(this.key);
    const next = this.#mergedWith(entry?.value ?? {}, breakerMoved);
    const options = { expectedRevision: entry?.revision ?? 0 };
    if (!isWell(next, clock.nowMs())) await store.put(this.key, this.#valueOf(next), options);
    else if (entry) await store.delete(this.key, options);
  }

  #mergedWith(shared: CircuitState, breakerMoved: boolean): CircuitState {
    const { instance, clock } = this.#parts;
    return merge({ own: this.state, shared, breakerMoved, instance, nowMs: clock.nowMs() });
  }

  #valueOf({ breaker, cooldown }: CircuitState) {
    const { key, provider, model, host, credential } = this.subject;
    return { subject: { key, provider, model, host, credential }, breaker, cooldown };
  }

  #log(thrown: unknown): void {
    const { provider, model, host } = this.subject;
    this.#parts.logger.debug({ err: thrown, provider, model, host }, 'the health of a target was not shared');
  }
}

function isConflict(thrown: unknown): boolean {
  return thrown instanceof Fault && thrown.code === 'revision_conflict';
}
