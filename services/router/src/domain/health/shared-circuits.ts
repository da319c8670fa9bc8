import { LRUCache } from 'lru-cache';
import { entryKeyOf, type SharingParts } from './circuit-entry.ts';
import { isWell } from './circuit-state.ts';
import type { Subject } from './health.ts';
import { SharedCircuit } from './shared-circuit.ts';

/** A model's name may be any that a caller has thought of. Those that nobody asks go first. */
const maxCircuits = 10_000;

/** How often what the bucket has not taken is told again, and of how many circuits at most. */
const retelling = { intervalMs: 1_000, max: 100 };

/** The circuits of all subjects that the routers tell each other of, as many as are kept in memory. */
export class SharedCircuits {
  readonly #parts: SharingParts;
  readonly #circuits: LRUCache<string, SharedCircuit>;
  /** By their keys in the bucket. */
  readonly #byEntryKey = new Map<string, SharedCircuit>();

  constructor(parts: SharingParts) {
    this.#parts = parts;
    this.#circuits = new LRUCache({
      max: maxCircuits,
      dispose: (circuit) => this.#byEntryKey.delete(circuit.key),
    });
    const { store, clock } = parts;
    store.watch((key, entry) => {
      const isNews = entry !== undefined && !isWell(entry.value, clock.nowMs());
      const circuit = isNews
        ? this.of({ ...entry.value.subject, isShared: true })
        : this.#byEntryKey.get(key);
      circuit?.takeOver(entry?.value);
    });
    clock.every(retelling.intervalMs, () => {
      if (store.isCurrent) this.#tellAgain();
    });
  }

  /** Undefined where nothing is known of it. */
  get(subject: Subject): SharedCircuit | undefined {
    const circuit = this.#circuits.get(subject.key);
    // Before any was pushed out, whatever the bucket holds has a circuit.
    if (circuit || this.#circuits.size < maxCircuits) return circuit;
    const { store, clock } = this.#parts;
    const told = store.get(entryKeyOf(subject))?.value;
    return told && !isWell(told, clock.nowMs()) ? this.of(subject) : undefined;
  }

  of(subject: Subject): SharedCircuit {
    const known = this.#circuits.get(subject.key);
    if (known) return known;
    const circuit = new SharedCircuit(subject, this.#parts);
    this.#circuits.set(subject.key, circuit);
    this.#byEntryKey.set(circuit.key, circuit);
    return circuit;
  }

  /** The last asked come first. */
  values(): Iterable<SharedCircuit> {
    return this.#circuits.values();
  }

  #tellAgain(): void {
    let count = 0;
    for (const circuit of this.#circuits.values()) {
      if (circuit.tellAgain() && ++count === retelling.max) return;
    }
  }
}
