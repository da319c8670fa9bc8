import type { Hold, LimitState, Settlement } from '@weir/contracts/cost/admission';
import type { ModelPrice } from '@weir/contracts/cost/prices';
import { formatUsd, toNanoUsd } from '@weir/pricing/money';
import { worstCaseNanoUsd } from '@weir/pricing/worst-case';
import { Fault } from '@weir/service-kit/fault';
import type { AdmissionParts } from './admission-parts.ts';
import type { AttemptBound } from './attempt-bound.ts';
import type { AskOptions } from './hold-client.ts';
import { OutputSlices } from './output-slices.ts';

interface HeldAttemptParts {
  readonly hold: Hold;
  readonly limits: readonly LimitState[];
  readonly bound: AttemptBound;
  readonly price: ModelPrice | undefined;
  readonly asked: AskOptions;
  readonly parts: AdmissionParts;
}

/** An attempt for which something is held of its limits. */
export class HeldAttempt {
  /** Of each unit the limit with the least room, the hold counted in. */
  readonly limits: readonly LimitState[];
  /** Of a stream whose hold grows with it. */
  readonly slices: OutputSlices | undefined;
  readonly #parts: HeldAttemptParts;
  /** As it was admitted. */
  readonly #admitted: Hold;
  #hold: Hold;

  constructor(parts: HeldAttemptParts) {
    const { bound, hold, limits, price } = parts;
    this.limits = limits;
    this.#parts = parts;
    this.#admitted = hold;
    this.#hold = hold;
    const { outputTokens, sliceTokens } = bound;
    if (!price || sliceTokens === undefined || sliceTokens >= outputTokens) return;
    this.slices = new OutputSlices({
      heldTokens: sliceTokens,
      maxTokens: outputTokens,
      sliceTokens,
      topUp: (tokens) => this.#topUp(price, tokens),
    });
  }

  get id(): string {
    return this.#hold.id;
  }

  get startedAtMs(): number {
    return this.#hold.startedAtMs;
  }

  /** The most that the attempt may cost; undefined where its model has no price. */
  get amountNanoUsd(): number | undefined {
    return this.#hold.amountNanoUsd;
  }

  /** The limits as they stand once the attempt is settled, others left aside. */
  limitsAfter({ costNanoUsd, tokens }: Omit<Settlement, 'holdId'>): LimitState[] {
    const { amountNanoUsd = 0, tokens: heldTokens } = this.#admitted;
    return this.limits.map((limit) => {
      if (limit.unit === 'usd') {
        const remaining = toNanoUsd(limit.remaining) + amountNanoUsd - costNanoUsd;
        return { ...limit, remaining: formatUsd(Math.max(0, remaining)) };
      }
      if (limit.unit !== 'tokens') return limit;
      return { ...limit, remaining: String(Math.max(0, Number(limit.remaining) + heldTokens - tokens)) };
    });
  }

  async #topUp(price: ModelPrice, outputTokens: number): Promise<void> {
    const { asked, bound, parts } = this.#parts;
    const { heldAttempts, holds, metrics, settings } = parts;
    const amountNanoUsd = worstCaseNanoUsd(price, { ...bound, outputTokens });
    const larger = { ...this.#hold, amountNanoUsd };
    try {
      await holds.topUp(larger, { ...asked, waitMs: settings.waitMs });
      metrics.toppedUp('admitted');
    } catch (thrown) {
      const fault = Fault.from(thrown);
      const isOpen = fault.owner === 'gateway' && settings.onFailure === 'open';
      metrics.toppedUp(isOpen ? 'failed_open' : fault.code);
      if (!isOpen) throw fault;
    }
    this.#hold = larger;
    heldAttempts.update(larger);
  }
}
