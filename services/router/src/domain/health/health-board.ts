import type { targetHealthSchema, TargetState } from '@weir/contracts/routing/insight';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { BreakerPolicy } from '../routing/target.ts';
import type { SharingParts } from './circuit-entry.ts';
import { verdictOf, type CircuitState } from './circuit-state.ts';
import { Circuit } from './circuit.ts';
import type { Health, Outcome, Probe, Subject, Verdict } from './health.ts';
import type { SharedCircuit } from './shared-circuit.ts';
import { SharedCircuits } from './shared-circuits.ts';

type TargetHealthRow = z.output<typeof targetHealthSchema>;

interface HealthBoardParts extends SharingParts {
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Called when this router has brought a subject into another state, and not when it hears so from another. */
  readonly onTransition: (subject: Subject, to: TargetState) => void;
}

/** Hosts and keys that callers bring. They have a place of their own, and push out no circuit of the operator's targets. */
const maxUnshared = 2_000;

/** How long a subject that is well is listed after an attempt. */
const listedForMs = 600_000;

const well: Verdict = { state: 'closed' };

/** The health of all subjects. Of the shared ones the routers tell each other through a bucket. */
export class HealthBoard implements Health {
  readonly #parts: HealthBoardParts;
  readonly #shared: SharedCircuits;
  readonly #unshared = new LRUCache<string, Circuit>({ max: maxUnshared });

  constructor(parts: HealthBoardParts) {
    this.#parts = parts;
    this.#shared = new SharedCircuits(parts);
  }

  check(subject: Subject): Verdict {
    const circuit = this.#known(subject);
    return circuit ? verdictOf(circuit.state, this.#parts.clock.nowMs()) : well;
  }

  async claimProbe(subject: Subject): Promise<Probe | undefined> {
    const { instance, clock, onTransition } = this.#parts;
    const probe = subject.isShared
      ? await this.#shared.get(subject)?.claim()
      : this.#unshared.get(subject.key)?.claim(instance, clock.nowMs());
    if (probe) onTransition(subject, 'half_open');
    return probe;
  }

  record(subject: Subject, outcome: Outcome, policy: BreakerPolicy, probe: Probe | undefined): void {
    // What does not speak for or against the provider leaves no trace: most names that callers make up end so.
    const isNews = outcome.kind !== 'neutral' && outcome.kind !== 'alive';
    const circuit = isNews ? this.#circuitOf(subject) : this.#known(subject);
    if (!circuit) return;
    const { clock, random, onTransition } = this.#parts;
    const nowMs = clock.nowMs();
    const before = circuit.state;
    circuit.record({ outcome, policy, probe, nowMs, random });
    for (const to of transitions(before, circuit.state, nowMs)) onTransition(subject, to);
  }

  /**
   * All shared subjects that are not well, and those that this router has asked within the last ten minutes. The last asked
   * come first.
   */
  list(): TargetHealthRow[] {
    const nowMs = this.#parts.clock.nowMs();
    const rows: TargetHealthRow[] = [];
    for (const { subject, state, askedAtMs } of this.#shared.values()) {
      const verdict = verdictOf(state, nowMs);
      const isListed = verdict.state !== 'closed' || (askedAtMs ?? 0) > nowMs - listedForMs;
      if (isListed) rows.push(toRow(subject, verdict));
    }
    return rows;
  }

  #known(subject: Subject): SharedCircuit | Circuit | undefined {
    return subject.isShared ? this.#shared.get(subject) : this.#unshared.get(subject.key);
  }

  #circuitOf(subject: Subject): SharedCircuit | Circuit {
    if (subject.isShared) return this.#shared.of(subject);
    const known = this.#unshared.get(subject.key);
    if (known) return known;
    const circuit = new Circuit();
    this.#unshared.set(subject.key, circuit);
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
