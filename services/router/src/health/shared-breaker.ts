import { isDoneWithin } from '@weir/service-kit/clock';
import { CircuitBreaker, type AttemptEnd } from '../domain/health/circuit-breaker.ts';
import {
  isExpired,
  isOpen,
  isSameProbe,
  withoutBreaker,
  type CircuitState,
  type OpenBreaker,
} from '../domain/health/circuit-state.ts';
import type { HalfOpenProbe, HealthKey } from '../domain/health/health.ts';
import { BreakerEntry, isConflict, type SharingParts } from './breaker-entry.ts';

/** After each conflict our copy of the bucket catches up with the other router's write, so more of them are a fault. */
const maxConflicts = 10;

/**
 * A cooldown is published only where it ends this much later than the published one: under load each response brings a
 * cooldown, or prolongs it by a little.
 */
const minProlongedMs = 500;

/** What this router was answered within this time counts for more than what another one says. */
const answeredForMs = 5_000;

/** A request waits no longer than this for the claim of a probe. After that its router grants the probe by itself. */
const maxClaimMs = 250;

/**
 * A circuit breaker that the routers share through a bucket. A change takes effect in this router at once and is published
 * in the background, one write at a time, always of the newest state. While the bucket cannot be reached, each router goes
 * by its own attempts.
 */
export class SharedBreaker {
  readonly healthKey: HealthKey;
  readonly #breaker = new CircuitBreaker();
  readonly #entry: BreakerEntry;
  readonly #parts: SharingParts;
  #lastAttemptAtMs: number | undefined;
  /** How the last attempt of this router ended that says anything. */
  #lastEnd: { readonly isSuccess: boolean; readonly atMs: number } | undefined;
  /** Whether this router has had failures of its own because of which it is open. */
  #isOwn = false;
  /** What is to be published; a new object with each change, so that a change during a write is noticed. */
  #unpublished: { readonly breakerMoved: boolean } | undefined;
  /** The publication under way. Never rejects. */
  #publishing: Promise<void> | undefined;

  constructor(healthKey: HealthKey, parts: SharingParts) {
    this.healthKey = healthKey;
    this.#parts = parts;
    this.#entry = new BreakerEntry(healthKey, parts);
    const { shared } = this.#entry;
    if (shared) this.mergeShared(shared);
  }

  get state(): CircuitState {
    return this.#breaker.state;
  }

  /** When an attempt of this router last ended; undefined where only other routers have made any. */
  get lastAttemptAtMs(): number | undefined {
    return this.#lastAttemptAtMs;
  }

  /** Its key in the bucket. */
  get key(): string {
    return this.#entry.key;
  }

  /** Takes over what the bucket holds, except for our own changes that are not published yet. */
  mergeShared(shared: CircuitState | undefined): void {
    // Routers never delete entries. This one has expired, or the bucket was lost, and then our state is as true as before.
    if (!shared && !isExpired(this.state, this.#parts.clock.nowMs())) return;
    const breakerMoved = this.#unpublished?.breakerMoved ?? false;
    const believed = !shared?.breaker || this.#believes(shared.breaker) ? shared : withoutBreaker(shared);
    this.#replaceState(this.#entry.merge(this.state, believed ?? {}, breakerMoved));
  }

  /**
   * Whether what a router has found is in force here. Whoever is answered does not stop because another is not, and says so to the others;
   * whoever has failures of its own agrees; whoever has asked nothing lately believes what nobody doubts.
   */
  #believes(breaker: OpenBreaker): boolean {
    if (this.#isOwn && this.state.breaker) return true;
    const nowMs = this.#parts.clock.nowMs();
    const { isSuccess, atMs } = this.#lastEnd ?? {};
    const isRecent = atMs !== undefined && nowMs - atMs <= answeredForMs;
    if (isRecent && isSuccess) {
      // Where its time is over, it is probed: whoever is answered waits for no other router's probe either.
      if (isOpen(breaker, nowMs) && !breaker.isDoubted) void this.#entry.doubt(breaker);
      return false;
    }
    return !breaker.isDoubted || isRecent;
  }

  record(end: AttemptEnd): void {
    const before = this.state;
    this.#lastAttemptAtMs = end.nowMs;
    this.#breaker.record(end);
    this.#weigh(end, before.breaker);
    const { breaker, cooldown } = this.state;
    const breakerMoved = breaker !== before.breaker;
    const knownUntilMs = Math.max(this.#entry.shared?.cooldown?.untilMs ?? 0, end.nowMs);
    const isProlonged =
      cooldown !== undefined &&
      cooldown !== before.cooldown &&
      cooldown.untilMs >= knownUntilMs + minProlongedMs;
    if (breakerMoved || isProlonged) this.#publish(breakerMoved);
    if (end.outcome.kind === 'success') this.#contradict(end.nowMs);
  }

  /** This router is answered, and is kept from asking by what it has from others alone. */
  #contradict(nowMs: number): void {
    const { breaker } = this.state;
    if (this.#isOwn || !isOpen(breaker, nowMs)) return;
    this.#replaceState(withoutBreaker(this.state));
    if (!breaker.isDoubted) void this.#entry.doubt(breaker);
  }

  /** Whose word it is that it has opened, and whether this router's is enough. */
  #weigh({ outcome, nowMs }: AttemptEnd, before: OpenBreaker | undefined): void {
    const isFailure = outcome.kind === 'failure';
    if (isFailure || outcome.kind === 'success') this.#lastEnd = { isSuccess: !isFailure, atMs: nowMs };
    if (!isFailure) return;
    const { breaker } = this.state;
    const { instance, trust } = this.#parts;
    const known = before ?? this.#entry.shared?.breaker;
    if (breaker && breaker.trips !== before?.trips) {
      const isFirst = !known || (before === undefined && !isOpen(known, nowMs));
      const isDoubted = isFirst
        ? trust.doubts(this.healthKey, outcome, nowMs)
        : known.by === instance && known.isDoubted === true;
      this.#openAs({ ...breaker, by: instance, isDoubted: isDoubted || undefined });
    } else if (!breaker && isOpen(known, nowMs)) {
      // Two agree now.
      this.#openAs({ ...known, by: instance, isDoubted: undefined });
    }
  }

  /** Because of failures of this router's own. */
  #openAs(breaker: OpenBreaker): void {
    this.#isOwn = true;
    this.#replaceState({ ...this.state, breaker });
  }

  #replaceState(state: CircuitState): void {
    this.#breaker.replaceState(state);
    this.#isOwn &&= state.breaker !== undefined;
  }

  /** Claims the half-open probe, which one request of one router has at a time. Never rejects. */
  async claim(): Promise<HalfOpenProbe | undefined> {
    const { instance, clock } = this.#parts;
    // Ours at once, so that no second request of this router claims it meanwhile.
    const probe = this.#breaker.claim(instance, clock.nowMs());
    if (!probe) return undefined;
    const granted = this.#claimInBucket(probe, this.#publishing);
    const isGranted = (await isDoneWithin(granted, maxClaimMs, clock)) ? await granted : true;
    const { breaker } = this.state;
    // Meanwhile the breaker may have closed, and even opened again: then a probe has to be claimed anew.
    if (isGranted && (!breaker || isSameProbe(breaker.probe, probe))) return probe;
    this.#breaker.release(probe);
    // The claim may have been published along with another change.
    if (isSameProbe(this.#entry.shared?.breaker?.probe, probe)) this.#publish(true);
    return undefined;
  }

  /** Publishes what the bucket did not take before. Returns whether there was anything to publish. */
  publishAgain(): boolean {
    if (!this.#unpublished) return false;
    this.#publishing ??= this.#publishAll();
    return true;
  }

  /**
   * The first router that writes its claim has the probe. Resolves with false where that was another router, and with true
   * where the bucket cannot say. Our own write under way is waited for, since it would conflict with the claim.
   */
  async #claimInBucket(probe: HalfOpenProbe, publishing: Promise<void> | undefined): Promise<boolean> {
    await publishing;
    if (!isSameProbe(this.#entry.mergedWith(this.state, true).breaker?.probe, probe)) return false;
    try {
      await this.#entry.publish(this.state, true);
      return true;
    } catch (thrown) {
      // A copy of the bucket that lags behind conflicts with everything, and proves nothing.
      if (isConflict(thrown) && this.#parts.store.isCurrent) return false;
      this.#entry.logUnpublished(thrown);
      return true;
    }
  }

  #publish(breakerMoved: boolean): void {
    this.#unpublished = { breakerMoved: breakerMoved || this.#unpublished?.breakerMoved === true };
    this.#publishing ??= this.#publishAll();
  }

  /** Until everything is published, or the bucket refuses: then it is tried again later. */
  async #publishAll(): Promise<void> {
    let conflicts = 0;
    for (let change = this.#unpublished; change; change = this.#unpublished) {
      try {
        await this.#entry.publish(this.state, change.breakerMoved);
        if (this.#unpublished === change) this.#unpublished = undefined;
      } catch (thrown) {
        if (isConflict(thrown) && ++conflicts < maxConflicts) continue;
        this.#entry.logUnpublished(thrown);
        break;
      }
    }
    this.#publishing = undefined;
  }
}
