import { Fault } from '@weir/service-kit/fault';
import type { Clock } from '@weir/service-kit/clock';
import type { Health, Probe, Verdict } from '../domain/health/health.ts';
import type { Access, Candidate } from '../domain/routing/candidate.ts';

interface EntranceParts {
  readonly candidate: Candidate;
  readonly health: Health;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A way into a target that may be used now. */
export interface Entry {
  readonly access: Access;
  /** The right to find out whether the target works again, where it is not known to. */
  readonly probe: Probe | undefined;
}

/** The ways into one target, by its credentials: each is used once, until all may be used again. */
export class Entrance {
  readonly #parts: EntranceParts;
  readonly #used = new Set<Access>();

  constructor(parts: EntranceParts) {
    this.#parts = parts;
  }

  /** What is known of its credentials now. */
  get verdicts(): Verdict[] {
    const { candidate, health } = this.#parts;
    return candidate.accesses.map(({ subject }) => health.check(subject));
  }

  /** Whether there is a way that has not been used and does not rest. */
  get hasNext(): boolean {
    const { candidate, health } = this.#parts;
    return candidate.accesses.some(
      (access) => !this.#used.has(access) && health.check(access.subject).retryAtMs === undefined,
    );
  }

  /** A credential that is to prove that it works again is used by one request at a time. Throws once nobody waits. */
  async next(): Promise<Entry | undefined> {
    const { candidate, health, signal } = this.#parts;
    signal.throwIfAborted();
    for (const access of candidate.accesses) {
      if (this.#used.has(access)) continue;
      const { state, retryAtMs } = health.check(access.subject);
      if (retryAtMs !== undefined) continue;
      const probe = state === 'half_open' ? await health.claimProbe(access.subject) : undefined;
      if (state === 'half_open' && !probe) continue;
      this.#giveBackIfAborted(access, probe);
      this.#used.add(access);
      return { access, probe };
    }
    return undefined;
  }

  /** All may be used again. */
  reopen(): void {
    this.#used.clear();
  }

  /** It was well when it was chosen, and is not any more, or another request is just finding out. */
  restingFault(): Fault {
    const nowMs = this.#parts.clock.nowMs();
    const waitsMs = this.verdicts.map(({ retryAtMs = nowMs }) => retryAtMs - nowMs);
    return new Fault('no_target_available', { retryAfterMs: Math.max(0, Math.min(...waitsMs)) });
  }

  #giveBackIfAborted(access: Access, probe: Probe | undefined): void {
    const { candidate, health, signal } = this.#parts;
    if (probe && signal.aborted) {
      health.record(access.subject, { kind: 'neutral' }, candidate.target.policy.breaker, probe);
    }
    signal.throwIfAborted();
  }
}
