import type { LimitState } from '@weir/contracts/cost/admission';
import type { AttemptMade } from '@weir/contracts/usage-events';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { calculateCost } from '@weir/pricing/calculate-cost';
import { formatUsd } from '@weir/pricing/money';
import { totalTokensOf } from '@weir/pricing/usage-tokens';
import type { HeldAttempt } from '../admission/held-attempt.ts';
import type { AdmissionParts } from '../admission/admission-parts.ts';
import { RequestAdmission } from '../admission/request-admission.ts';
import { notPriced } from '../admission/to-refusal.ts';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import { isOwnHost, type Prices } from '../domain/prices.ts';
import type { TenantCatalogues } from '../domain/tenant-catalogues.ts';
import type { RequestContext } from '../engine/request-context.ts';
import {
  costOf,
  priceIdOf,
  usageOf,
  withSearches,
  type AdmittedAttempt,
  type BilledEnd,
} from './attempt-bill.ts';
import type { CostMetrics } from './cost-metrics.ts';
import { endUserOf } from './end-user.ts';

export interface BillingParts {
  readonly prices: Prices;
  readonly catalogues: TenantCatalogues;
  readonly admission: AdmissionParts;
  readonly metrics: CostMetrics;
  /** Whether a model without a price is refused whatever limits there are, or only where money is limited. */
  readonly unpricedModels: 'budgeted' | 'refuse';
}

interface BegunAttempt extends Pick<AdmittedAttempt, 'purpose' | 'chat' | 'target'> {
  /** `<request id>:<attempt>`. */
  readonly id: string;
  /** Whether it counts as the request. */
  readonly isFirst: boolean;
  readonly signal: AbortSignal;
}

type Bill = Pick<AttemptMade, 'usage' | 'cost' | 'modelAskedNanoUsd'>;

/** What the attempts of one request may cost, before each, and what they have cost: the gate before every call of a provider. */
export class RequestBilling {
  /** Whom the caller names. */
  readonly endUser: string | undefined;
  readonly #request: RequestContext;
  readonly #parts: BillingParts;
  readonly #admission: RequestAdmission;
  #costNanoUsd = 0;
  #isUnpriced = false;
  /** Of the attempt that was admitted last, copies aside. */
  #limits: readonly LimitState[] | undefined;

  constructor(request: RequestContext, parts: BillingParts) {
    this.endUser = endUserOf(request.chat);
    this.#request = request;
    this.#parts = parts;
    this.#admission = new RequestAdmission(request.envelope, this.endUser, parts.admission);
  }

  /** Of all attempts until now that may be billed, copies aside; undefined where one of them has no price. */
  get costNanoUsd(): number | undefined {
    return this.#isUnpriced ? undefined : this.#costNanoUsd;
  }

  /** Of each unit the limit with the least room, by what the cost service has said last, or what has come of that since. */
  get limits(): readonly LimitState[] | undefined {
    return this.#limits;
  }

  /** At once where nothing limits the attempt. Throws, or rejects with, the Fault that refuses it. */
  begin(attempt: BegunAttempt): AdmittedAttempt | Promise<AdmittedAttempt> {
    const { prices, admission, unpricedModels } = this.#parts;
    const { target, purpose } = attempt;
    const startedAtMs = admission.clock.nowMs();
    const price = prices.of(target.provider, target.model);
    if (!price && unpricedModels === 'refuse') {
      throw notPriced({ provider: target.provider.name, model: target.model.id });
    }
    const isMirror = purpose === 'mirror';
    const asked = this.#admission.admit({
      ...attempt,
      price,
      mayWait: !isMirror && purpose !== 'hedge',
    });
    const admitted = (held?: HeldAttempt) => ({
      ...attempt,
      startedAtMs: held?.startedAtMs ?? startedAtMs,
      price,
      held,
    });
    if (!asked) return admitted();
    return asked.then((held) => {
      if (held && !isMirror) this.#limits = held.limits;
      return admitted(held);
    });
  }

  /** The attempt is over: what it has used and cost. The cost service hears of it by the attempt's usage event. */
  end(attempt: AdmittedAttempt, ended: BilledEnd): Bill {
    const { held, price, purpose, target } = attempt;
    const { maybeBilled } = ended;
    const usage = usageOf(attempt, ended, this.#parts.admission.settings.defaultOutputTokens);
    const costNanoUsd = maybeBilled || !price ? costOf(attempt, usage) : 0;
    if (held) this.#settle(held, { costNanoUsd: costNanoUsd ?? 0, usage, isMirror: purpose === 'mirror' });
    if (maybeBilled) {
      if (purpose !== 'mirror') this.#add(costNanoUsd);
      const model = this.isKnown(target) ? target.model.id : 'other';
      this.#parts.metrics.billed({ provider: target.provider.name, model, usage, costNanoUsd });
    }
    if (!price || costNanoUsd === undefined) return { usage };
    const modelAskedNanoUsd = this.#costOfModelAsked(attempt, usage, costNanoUsd);
    return {
      usage,
      cost: { nanoUsd: costNanoUsd, priceId: priceIdOf(attempt, price, usage) },
      ...(modelAskedNanoUsd !== undefined && { modelAskedNanoUsd }),
    };
  }

  /** What the chunk of a stream's usage says beside, just before the attempt ends. */
  usageExtension(attempt: AdmittedAttempt, reported: UsageRecord): Record<string, string> | undefined {
    const usage = withSearches(reported, attempt.chat, attempt.target);
    const costNanoUsd = costOf(attempt, usage);
    if (costNanoUsd === undefined || this.costNanoUsd === undefined) return undefined;
    const limits = attempt.held?.limitsAfter({ costNanoUsd, tokens: totalTokensOf(usage) });
    const budget = limits?.find(({ unit }) => unit === 'usd');
    return {
      cost_usd: formatUsd(this.costNanoUsd + costNanoUsd),
      ...(budget && { budget_remaining_usd: budget.remaining }),
    };
  }

  /** Whether the model's name is one that this router knows, and not only a caller's word: then it may be a label. */
  isKnown(target: CatalogueEntry): boolean {
    const { catalogues, prices } = this.#parts;
    const { provider, model } = target;
    if (provider.isOfConfig) return false;
    if (catalogues.of(this.#request.envelope.tenant).lists(target)) return true;
    // One's own hosts have a price for whatever name.
    return !isOwnHost(provider) && prices.of(provider, model) !== undefined;
  }

  #settle(
    held: HeldAttempt,
    { usage, costNanoUsd, isMirror }: { usage: UsageRecord; costNanoUsd: number; isMirror: boolean },
  ): void {
    const settled = { costNanoUsd, tokens: totalTokensOf(usage) };
    this.#admission.settle({ holdId: held.id, ...settled });
    if (!isMirror) this.#limits = held.limitsAfter(settled);
  }

  #add(costNanoUsd: number | undefined): void {
    if (costNanoUsd === undefined) this.#isUnpriced = true;
    else this.#costNanoUsd += costNanoUsd;
  }

  #costOfModelAsked(
    { target }: AdmittedAttempt,
    usage: UsageRecord,
    costNanoUsd: number,
  ): number | undefined {
    const asked = this.#modelAsked(target);
    if (!asked || asked === target) return asked && costNanoUsd;
    const price = this.#parts.prices.of(asked.provider, asked.model);
    return price && calculateCost(price, usage);
  }

  /** Undefined where nobody has such a model. */
  #modelAsked(target: CatalogueEntry): CatalogueEntry | undefined {
    const { chat, configName, envelope } = this.#request;
    if (configName === undefined) return target;
    try {
      const asked = this.#parts.catalogues.of(envelope.tenant).resolve(chat.model);
      const isSame = asked.provider.name === target.provider.name && asked.model.id === target.model.id;
      return isSame ? target : asked;
    } catch {
      return undefined;
    }
  }
}
