import type { targetHealthSchema, TargetState } from '@weir/contracts/routing/insight';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { BreakerPolicy } from '../routing/target.ts';
import { verdictOf, type CircuitState } from './circuit-state.ts';
import type { Health, Outcome, Probe, Subject, Verdict } from './health.ts';
import { SharedCircuit, type SharingParts } from './shared-circuit.ts';

type TargetHealthRow = z.output<typeof targetHealthSchema>;

interface HealthBoardParts extends SharingParts {
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Called when this router has brought a subject into another state, and not when it hears so from another. */
  readonly onTransition: (subject: Subject, to: TargetState) => void;
}

/** A model's name may be any that a caller has thought of. Those that nobody asks go first. */
const maxSubjects = 10_000;

/** How long a subject that is well is listed after an attempt. */
const listedForMs = 600_000;

const well: Verdict = { state: 'closed' };

/** The health of all subjects, which the routers tell each other through a bucket. */
export class HealthBoard implements Health {
  readonly #parts: HealthBoardParts;
  readonly #circuits: LRUCache<string, SharedCircuit>;
  /** By their keys in the bucket. */
  readonly #byStoreKey = new Map<string, SharedCircuit>();

  constructor(parts: HealthBoardParts) {
    this.#parts = parts;
    this.#circuits = new LRUCache({
      max: maxSubjects,
      dispose: (circuit) => this.#byStoreKey.delete(circuit.key),
    });
    parts.store.watch((key, entry) => {
      const circuit = entry ? this.#circuitOf(entry.value.subject) : this.#byStoreKey.get(key);
      circuit?.takeOver(entry?.value);
    });
  }

  check({ key }: Subject): Verdict {
    const circuit = this.#circuits.get(key);
    return circuit ? verdictOf(circuit.state, this.#parts.clock.nowMs()) : well;
  }

  async claimProbe(subject: Subject): Promise<Probe | undefined> {
    const probe = await this.#circuits.get(subject.key)?.claim();
    if (probe) this.#parts.onTransition(subject, 'half_open');
    return probe;
  }

  record(subject: Subject, outcome: Outcome, policy: BreakerPolicy, probe: Probe | undefined): void {
    // What says nothing of the provider leaves no trace: most names that callers make up end so.
    const isNews = outcome.kind !== 'neutral' || this.#circuits.has(subject.key);
    if (!isNews) return;
    const { clock, random, onTransition } = this.#parts;
    const nowMs = clock.nowMs();
    const circuit = this.#circuitOf(subject);
    circuit.askedAtMs = nowMs;
    const before = circuit.state;
    circuit.record({ outcome, policy, probe, nowMs, random });
    for (const to of transitions(before, circuit.state, nowMs)) onTransition(subject, to);
  }

  /** All subjects that are not well, and those that this router has asked within the last ten minutes. The last asked come first. */
  list(): TargetHealthRow[] {
    const nowMs = this.#parts.clock.nowMs();
    const rows: TargetHealthRow[] = [];
    for (const { subject, state, askedAtMs } of this.#circuits.values()) {
      const verdict = verdictOf(state, nowMs);
      const isListed = verdict.state !== 'closed' || (askedAtMs ?? 0) > nowMs - listedForMs;
      if (isListed) rows.push(toRow(subject, verdict));
    }
    return rows;
  }

  #circuitOf(subject: Subject): SharedCircuit {
    const known = this.#circuits.get(subject.key);
    if (known) return known;
    const circuit = new SharedCircuit(subject, this.#parts);
    this.#circuits.set(subject.key, circuit);
    this.#byStoreKey.set(circuit.key, circuit);
    return circuit;
  }
}

function toRow({ provider, model, host, credential }: Subject, verdict: Verdict): TargetHealthRow {
  const { state, retryAtMs, reason = null } = verdict;
  const until = retryAtMs === undefined ? null : new Date(retryAtMs).toISOString();
  return { provider, model, host, credential, state, until, reason };
}

/** Which states an attempt's end has brought a subject to. Of a prolonged cooldown nothing is said. */
function transitions(before: CircuitState, after: CircuitState, nowMs: number): TargetState[] {
  const states: TargetState[] = [];
  if (before.breaker && !after.breaker) states.push('closed');
  if (after.breaker && after.breaker.trips !== before.breaker?.trips) states.push('open');
  const wasCooling = before.cooldown !== undefined && nowMs < before.cooldown.untilMs;
  if (!wasCooling && after.cooldown && after.cooldown !== before.cooldown) states.push('cooling_down');
  return states;
}
