import type { LimitState } from '@weir/contracts/cost/admission';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { formatUsd } from '@weir/pricing/money';
import { totalTokensOf } from '@weir/pricing/usage-tokens';
import type { Logger } from '@weir/service-kit/logger';
import type { HeldAttempt } from '../admission/held-attempt.ts';
import type { AdmissionParts } from '../admission/admission-parts.ts';
import { RequestAdmission } from '../admission/request-admission.ts';
import { notPriced } from '../admission/to-refusal.ts';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import { isOwnHost, type Prices } from '../domain/prices.ts';
import type { TenantCatalogues } from '../domain/tenant-catalogues.ts';
import type { RequestContext } from '../engine/request-context.ts';
import {
  usageOf,
  withSearches,
  type AdmittedAttempt,
  type AttemptBill,
  type BegunAttempt,
  type BilledEnd,
} from './attempt-bill.ts';
import { costOf, reportClaims, type AttemptCost } from './attempt-cost.ts';
import type { CostMetrics } from './cost-metrics.ts';
import { endUserOf } from './end-user.ts';
import { costAt, modelAsked } from './model-asked.ts';
import { suspectClaim } from './suspect-usage.ts';

export interface BillingParts {
  readonly prices: Prices;
  readonly catalogues: TenantCatalogues;
  readonly admission: AdmissionParts;
  readonly metrics: CostMetrics;
  readonly logger: Logger;
  /** Whether a model without a price is refused whatever limits there are, or only where money is limited. */
  readonly unpricedModels: 'budgeted' | 'refuse';
}

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

  /** Whether a budget has to bound what an attempt at the target puts out. */
  isCapRequired(target: CatalogueEntry): boolean {
    return this.#admission.isCapRequired(target, this.#parts.prices.of(target.provider, target.model));
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
      ...(!price && { unreadablePrice: prices.unreadable?.(target.provider, target.model) }),
      priceOf: (id) => prices.of(target.provider, { id }),
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
  end(attempt: AdmittedAttempt, ended: BilledEnd): AttemptBill {
    const { held, price, purpose, target } = attempt;
    const { catalogues, logger, metrics, prices } = this.#parts;
    const { maybeBilled } = ended;
    const usage = usageOf(attempt, ended);
    const cost = this.#costOf(attempt, usage);
    const costNanoUsd = maybeBilled ? cost?.nanoUsd : price && 0;
    const { requestId } = this.#request.envelope;
    reportClaims(usage, maybeBilled ? cost : undefined, { logger, metrics, requestId, target });
    if (held) this.#settle(held, { costNanoUsd: costNanoUsd ?? 0, usage, isMirror: purpose === 'mirror' });
    if (maybeBilled) {
      if (purpose !== 'mirror') this.#add(costNanoUsd);
      const model = this.isKnown(target) ? target.model.id : 'other';
      metrics.billed({ provider: target.provider.name, model, usage, costNanoUsd });
    }
    if (!cost || costNanoUsd === undefined) return { usage };
    const asked = modelAsked(this.#request, target, catalogues);
    const modelAskedNanoUsd = asked === target ? costNanoUsd : asked && costAt(asked, usage, prices);
    return {
      usage,
      cost: { nanoUsd: costNanoUsd, priceId: cost.priceId },
      ...(modelAskedNanoUsd !== undefined && { modelAskedNanoUsd }),
    };
  }

  /** What the chunk of a stream's usage says beside, just before the attempt ends. */
  usageExtension(attempt: AdmittedAttempt, reported: UsageRecord): Record<string, string> | undefined {
    const usage = withSearches(reported, attempt.chat, attempt.target);
    const { clock } = this.#parts.admission;
    if (suspectClaim(usage, attempt, clock.nowMs() - attempt.startedAtMs)) return undefined;
    const costNanoUsd = this.#costOf(attempt, usage)?.nanoUsd;
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

  #costOf(attempt: AdmittedAttempt, usage: UsageRecord): AttemptCost | undefined {
    const { prices, admission } = this.#parts;
    return costOf(attempt, usage, { prices, settings: admission.settings });
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
}
