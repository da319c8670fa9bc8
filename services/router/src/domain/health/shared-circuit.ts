import { CircuitEntry, type SharingParts } from './circuit-entry.ts';
import { isLongOver, isSameProbe, type CircuitState } from './circuit-state.ts';
import { Circuit, type Ended } from './circuit.ts';
import type { Probe, Subject } from './health.ts';
import { isConflict, ProbeClaim } from './probe-claim.ts';

/** Each time somebody else was faster, whose word our copy has soon after. */
const maxConflicts = 10;

/**
 * A cooldown that is over so soon, or ends only so much later than was told, is not worth a message: under load each answer
 * brings one, or prolongs it by a little.
 */
const worthTellingMs = 500;

/**
 * A circuit that all routers share as well as they can. It is changed here first and told in the background, one write at a
 * time, of the newest state. Where the store cannot be reached, each router goes by what it has seen itself.
 */
export class SharedCircuit {
  readonly subject: Subject;
  readonly #circuit = new Circuit();
  readonly #entry: CircuitEntry;
  readonly #parts: SharingParts;
  #askedAtMs: number | undefined;
  /** What is to be told, until it is; another object whenever there is more of it. */
  #untold: { readonly breakerMoved: boolean } | undefined;
  /** While something is being told. Never rejects. */
  #telling: Promise<void> | undefined;

  constructor(subject: Subject, parts: SharingParts) {
    this.subject = subject;
    this.#parts = parts;
    this.#entry = new CircuitEntry(subject, parts);
    const { told } = this.#entry;
    if (told) this.takeOver(told);
  }

  get state(): CircuitState {
    return this.#circuit.state;
  }

  /** When an attempt last ended; undefined where none has, and only others have told of it. */
  get askedAtMs(): number | undefined {
    return this.#askedAtMs;
  }

  /** Its key in the bucket. */
  get key(): string {
    return this.#entry.key;
  }

  /** What is in the bucket now, if anything. What we have yet to tell is newer. */
  takeOver(shared: CircuitState | undefined): void {
    // Nobody deletes entries. This one has grown old, or the bucket is gone, and then what we know is as true as before.
    if (!shared && !isLongOver(this.state, this.#parts.clock.nowMs())) return;
    this.#circuit.takeOver(this.#entry.merge(this.state, shared ?? {}, this.#untold?.breakerMoved ?? false));
  }

  record(ended: Ended): void {
    const before = this.state;
    this.#askedAtMs = ended.nowMs;
    this.#circuit.record(ended);
    const { breaker, cooldown } = this.state;
    const breakerMoved = breaker !== before.breaker;
    const knownUntilMs = Math.max(this.#entry.told?.cooldown?.untilMs ?? 0, ended.nowMs);
    const isProlonged =
      cooldown !== undefined &&
      cooldown !== before.cooldown &&
      cooldown.untilMs >= knownUntilMs + worthTellingMs;
    if (breakerMoved || isProlonged) this.#tell(breakerMoved);
  }

  /** The right to probe, which one request of one router has at a time. */
  async claim(): Promise<Probe | undefined> {
    const { instance, clock, store } = this.#parts;
    // Ours at once, so that no second request of this router asks for it meanwhile.
    const probe = this.#circuit.claim(instance, clock.nowMs());
    if (!probe) return undefined;
    const claim = new ProbeClaim({ probe, entry: this.#entry, own: () => this.state, store, clock });
    const isGranted = await claim.isGranted(this.#telling);
    const { breaker } = this.state;
    // Meanwhile it may have closed, and even opened again: then the right is to be asked for again.
    if (isGranted && (!breaker || isSameProbe(breaker.probe, probe))) return probe;
    this.#circuit.release(probe);
    // It may have been told along with something else.
    if (isSameProbe(this.#entry.told?.breaker?.probe, probe)) this.#tell(true);
    return undefined;
  }

  /** Tells what the bucket has not taken before. Whether there was anything to tell. */
  tellAgain(): boolean {
    if (!this.#untold) return false;
    this.#telling ??= this.#tellAll();
    return true;
  }

  #tell(breakerMoved: boolean): void {
    this.#untold = { breakerMoved: breakerMoved || this.#untold?.breakerMoved === true };
    this.#telling ??= this.#tellAll();
  }

  /** Until all is told, or the bucket does not take it: then what we know is still newer than what we hear. */
  async #tellAll(): Promise<void> {
    let conflicts = 0;
    for (let untold = this.#untold; untold; untold = this.#untold) {
      try {
        await this.#entry.tell(this.state, untold.breakerMoved);
        if (this.#untold === untold) this.#untold = undefined;
      } catch (thrown) {
        if (isConflict(thrown) && ++conflicts < maxConflicts) continue;
        this.#entry.logUntold(thrown);
        break;
      }
    }
    this.#telling = undefined;
  }
}
