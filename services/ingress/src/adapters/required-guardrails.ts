import { LRUCache } from 'lru-cache';
import type { ScreeningOrder } from '@weir/contracts/guardrails/summary';
import type { Clock } from '@weir/service-kit/clock';

type Required = Pick<ScreeningOrder, 'input' | 'output'>;

const maxRemembered = 256;
/** A config that asks for less by now is screened by more for so long; one that asks for more is noticed at once. */
const rememberedForMs = 10_000;

/**
 * Which guardrails routing configs ask for, as the routers have told: a router refuses what has not passed them, and a request is
 * then made once more. What is remembered saves that.
 */
export class RequiredGuardrails {
  readonly #byConfig: LRUCache<string, Required>;

  constructor({ clock }: { clock: Clock }) {
    const perf = { now: () => clock.nowMs() };
    this.#byConfig = new LRUCache({ max: maxRemembered, ttl: rememberedForMs, ttlResolution: 0, perf });
  }

  /** `config` is a stored one's name, or an inline one's text; undefined for the stored config `default`. */
  of(config: string | undefined): Required | undefined {
    return this.#byConfig.get(config ?? 'default');
  }

  remember(config: string | undefined, required: Required): void {
    this.#byConfig.set(config ?? 'default', required);
  }
}
