import type { Attribution, Hold, Settlement } from '@weir/contracts/cost/admission';
import type { ModelPrice } from '@weir/contracts/cost/prices';
import type { Envelope } from '@weir/contracts/envelope';
import { worstCaseNanoUsd } from '@weir/pricing/worst-case';
import { Fault } from '@weir/service-kit/fault';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import { isRefusal } from '../domain/refusal.ts';
import type { AdmissionParts } from './admission-parts.ts';
import { attemptBound, type AttemptBound, type SentRequest } from './attempt-bound.ts';
import { HeldAttempt } from './held-attempt.ts';
import type { Limited } from './spending-limits.ts';
import { notPriced } from './to-refusal.ts';
import { assertBounded, namedFallbacks } from './unpriced-extras.ts';

/** An attempt that is about to be made. */
export interface PlannedAttempt extends SentRequest {
  /** `<request id>:<attempt>`. */
  readonly id: string;
  readonly price: ModelPrice | undefined;
  /** Why it is not known, where a price is stored that cannot be read. */
  readonly unreadablePrice?: Error | undefined;
  /** Of another model of the same provider. */
  readonly priceOf: (modelId: string) => ModelPrice | undefined;
  /** Whether a client waits for it: what is made beside (hedges, mirrors) waits for nobody. */
  readonly mayWait: boolean;
  /** Whether it counts as the request. */
  readonly isFirst: boolean;
  readonly signal: AbortSignal;
}

/** What an answer is expected to come to, for limits of tokens alone: what it did come to is known in seconds. */
const expectedOutputTokens = 256;

/** A token of the input for so many bytes of its bound: a guess for limits of tokens, mended with the first usage. */
const bytesPerToken = 4;

/** Has the attempts of one request admitted, one by one: whatever they are made for. */
export class RequestAdmission {
  readonly #envelope: Envelope;
  readonly #endUser: string | undefined;
  readonly #parts: AdmissionParts;
  #attribution: Attribution | undefined;
  /** Of the attempt that has ended last: it must not compete with the next one. */
  #settlement: Settlement | undefined;

  constructor(envelope: Envelope, endUser: string | undefined, parts: AdmissionParts) {
    this.#envelope = envelope;
    this.#endUser = endUser;
    this.#parts = parts;
  }

  /**
   * Whether the attempt has to have a cap on its output: where money is limited, unless the model costs nothing. Only then
   * does admission take one that has none.
   */
  isCapRequired({ provider, model }: CatalogueEntry, price: ModelPrice | undefined): boolean {
    const { limits } = this.#parts;
    if (limits.areNone || isFree(price)) return false;
    this.#attribution ??= attributionOf(this.#envelope, this.#endUser);
    return limits.limit(this.#attribution, { provider: provider.name, model: model.id }) === 'money';
  }

  /**
   * Returns at once, and nothing, where no limit holds for the attempt. Rejects (or throws) with the Fault by which it is
   * refused.
   */
  admit(attempt: PlannedAttempt): Promise<HeldAttempt | undefined> | undefined {
    const { limits, settings } = this.#parts;
    if (!limits.areKnown && settings.onFailure === 'closed') {
      throw this.#refused(new Fault('service_unavailable', { message: unknownLimits }));
    }
    if (limits.areNone) return undefined;
    this.#attribution ??= attributionOf(this.#envelope, this.#endUser);
    const limited = this.#limited(this.#attribution, attempt);
    if (limited === undefined) return undefined;
    if (limited === 'money') this.#assertBounded(attempt);
    return this.#reserve(attempt, this.#attribution);
  }

  /** Limits that cannot be read are refused whatever the settings say: they are not away. */
  #limited(attribution: Attribution, { target: { provider, model } }: PlannedAttempt): Limited | undefined {
    try {
      return this.#parts.limits.limit(attribution, { provider: provider.name, model: model.id });
    } catch (thrown) {
      throw this.#refused(Fault.from(thrown));
    }
  }

  /** Throws where the attempt could cost more than what any table says. */
  #assertBounded({ chat, target, price, unreadablePrice, priceOf, outputCapTokens }: PlannedAttempt): void {
    try {
      if (unreadablePrice) throw unreadablePrice;
      // A budget that was set since the request was written.
      if (outputCapTokens === undefined && !isFree(price)) {
        throw new Fault('service_unavailable', { message: newBudget });
      }
      assertBounded(chat, target, price);
      const unpriced = namedFallbacks(chat, target).find((model) => !priceOf(model));
      if (unpriced !== undefined) throw notPriced({ provider: target.provider.name, model: unpriced });
    } catch (thrown) {
      throw this.#refused(Fault.from(thrown));
    }
  }

  /** An attempt with a hold has ended. */
  settle(settlement: Settlement): void {
    this.#parts.heldAttempts.delete(settlement.holdId);
    this.#settlement = settlement;
  }

  async #reserve(attempt: PlannedAttempt, attribution: Attribution): Promise<HeldAttempt | undefined> {
    const { holds, heldAttempts, metrics, settings } = this.#parts;
    const { id, mayWait, signal } = attempt;
    const bound = attemptBound(attempt, settings);
    const asked = { envelope: this.#envelope, signal, waitMs: mayWait ? settings.waitMs : 0 };
    const settlement = this.#settlement;
    try {
      const held = await holds.reserve(() => this.#holdFor(attempt, bound, attribution), settlement, asked);
      if (this.#settlement === settlement) this.#settlement = undefined;
      if (signal.aborted) throw Fault.from(signal.reason);
      metrics.decided('admitted');
      heldAttempts.add(held.hold);
      return new HeldAttempt({ ...held, bound, price: attempt.price, asked, parts: this.#parts });
    } catch (thrown) {
      this.#assertOpen(Fault.from(thrown), id);
      return undefined;
    }
  }

  #holdFor(attempt: PlannedAttempt, bound: AttemptBound, attribution: Attribution): Hold {
    const { chat, id, isFirst, price, priceOf, target } = attempt;
    const { inputTokens, outputTokens, sliceTokens = outputTokens } = bound;
    // Without a cap nothing limits the output, and what alerts are sent for is not reached by what it could be.
    const expected =
      attempt.outputCapTokens === undefined
        ? this.#parts.settings.defaultOutputTokens * (chat.n ?? 1)
        : outputTokens;
    const firstBound = { ...bound, outputTokens: Math.min(outputTokens, sliceTokens, expected) };
    const prices = [price, ...namedFallbacks(chat, target).map(priceOf)].filter((each) => each !== undefined);
    const amountNanoUsd = Math.max(...prices.map((each) => worstCaseNanoUsd(each, firstBound)));
    return {
      id,
      startedAtMs: this.#parts.clock.nowMs(),
      attribution,
      provider: target.provider.name,
      model: target.model.id,
      ...(price && { amountNanoUsd }),
      tokens: Math.ceil(inputTokens / bytesPerToken) + Math.min(outputTokens, expectedOutputTokens),
      isFirst,
    };
  }

  /**
   * Throws unless the attempt is to be made although nobody holds anything for it. What the cost service has refused it has
   * not kept; whatever else went wrong, it may have held something.
   */
  #assertOpen(fault: Fault, id: string): void {
    const { heldAttempts, metrics, settings } = this.#parts;
    const isAnswer = fault.code === 'deadline_exceeded' || fault.code === 'stored_entry_unreadable';
    const isUnanswered = fault.owner === 'gateway' && !isAnswer;
    if (isUnanswered && settings.onFailure === 'open') {
      // The attempt's usage settles the hold, if there is one.
      metrics.decided('failed_open');
      return;
    }
    if (!isRefusal(fault)) heldAttempts.release(id);
    throw this.#refused(
      isUnanswered ? new Fault('service_unavailable', { message: noAnswer, cause: fault }) : fault,
    );
  }

  #refused(fault: Fault): Fault {
    this.#parts.metrics.decided(fault.code);
    return fault;
  }
}

const newBudget = 'A budget holds for this request since a moment ago. Try again.';
const unknownLimits = 'The gateway does not know yet which budgets there are. Try again shortly.';
const noAnswer = 'The gateway cannot tell at the moment what is left of a budget. Try again shortly.';

function attributionOf({ tenant, caller }: Envelope, endUser: string | undefined): Attribution {
  return { organisation: tenant, ...caller, ...(endUser !== undefined && { endUser }) };
}

/** Whether no output of any length costs something. */
function isFree(price: ModelPrice | undefined): boolean {
  return price !== undefined && worstCaseNanoUsd(price, { inputTokens: 0, outputTokens: 1_000_000 }) === 0;
}
