import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { HalfOpenProbe, HealthStatus, HealthTracker } from '../domain/health/health.ts';
import { isStored, type KnownCredential, type StoredCredential } from '../domain/provider.ts';
import type { AvailableTarget, CredentialSlot } from '../domain/routing/available-target.ts';
import type { RealKeys } from './engine-dependencies.ts';

interface PickerParts {
  readonly candidate: AvailableTarget;
  readonly health: HealthTracker;
  readonly realKeys: RealKeys;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface PickedCredential {
  readonly slot: CredentialSlot;
  /** The slot's own, opened. */
  readonly credential: KnownCredential | undefined;
  /** Where the credential's breaker is half open, and this attempt is its probe. */
  readonly probe: HalfOpenProbe | undefined;
}

/** Picks the credentials of one target, one after the other: each once in a round. */
export class CredentialPicker {
  readonly #parts: PickerParts;
  /** In this round. */
  readonly #used = new Set<CredentialSlot>();
  /** Of the last credential whose key could not be had. */
  #keyFault: Fault | undefined;

  constructor(parts: PickerParts) {
    this.#parts = parts;
  }

  /** The health of all its credentials now. */
  get statuses(): HealthStatus[] {
    const { candidate, health } = this.#parts;
    return candidate.credentialSlots.map(({ healthKey }) => health.statusOf(healthKey));
  }

  /** Whether a healthy credential was not used in this round. */
  get hasNext(): boolean {
    const { candidate, health } = this.#parts;
    return candidate.credentialSlots.some(
      (slot) => !this.#used.has(slot) && health.statusOf(slot.healthKey).retryAtMs === undefined,
    );
  }

  /**
   * Undefined where none is left. One whose key cannot be had is passed over, and one whose breaker is half open is picked
   * only with its probe. Throws once aborted.
   */
  async next(): Promise<PickedCredential | undefined> {
    const { candidate, health, signal } = this.#parts;
    signal.throwIfAborted();
    for (const slot of candidate.credentialSlots) {
      if (this.#used.has(slot)) continue;
      const { state, retryAtMs } = health.statusOf(slot.healthKey);
      if (retryAtMs !== undefined) continue;
      const kept = slot.credential;
      const credential = isStored(kept) ? await this.#open(kept) : kept;
      if (kept && !credential) {
        this.#used.add(slot);
        continue;
      }
      const probe = state === 'half_open' ? await health.claimProbe(slot.healthKey) : undefined;
      if (state === 'half_open' && !probe) continue;
      this.#releaseIfAborted(slot, probe);
      this.#used.add(slot);
      return { slot, credential, probe };
    }
    return undefined;
  }

  startRound(): void {
    this.#used.clear();
  }

  /** Where `next` gave none: the target has become unhealthy since it was chosen, or its keys cannot be had. */
  unavailableFault(): Fault {
    if (this.#keyFault) return this.#keyFault;
    const nowMs = this.#parts.clock.nowMs();
    const waitsMs = this.statuses.map(({ retryAtMs = nowMs }) => retryAtMs - nowMs);
    return new Fault('no_target_available', { retryAfterMs: Math.max(0, Math.min(...waitsMs)) });
  }

  async #open(credential: StoredCredential): Promise<KnownCredential | undefined> {
    const { realKeys, signal } = this.#parts;
    try {
      return await realKeys.open(credential);
    } catch (thrown) {
      this.#keyFault = Fault.from(thrown);
      return undefined;
    } finally {
      signal.throwIfAborted();
    }
  }

  #releaseIfAborted(slot: CredentialSlot, probe: HalfOpenProbe | undefined): void {
    const { candidate, health, signal } = this.#parts;
    if (probe && signal.aborted) {
      health.record(slot.healthKey, { kind: 'neutral' }, candidate.target.policy.breaker, probe);
    }
    signal.throwIfAborted();
  }
}
