import type { RoutingAccess } from '@weir/contracts/access-policy';
import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Clock } from '@weir/service-kit/clock';
import { askedCap } from '../../dialects/output-cap.ts';
import { requirementsOf } from '../capabilities.ts';
import { AccessRulesCache } from '../access/access-rules-cache.ts';
import type { HealthTracker } from '../health/health.ts';
import type { Load } from '../health/load-tracker.ts';
import { expectedCostNanoUsd, type Prices } from '../prices.ts';
import type { TenantCatalogues } from '../tenant-catalogues.ts';
import type { TenantProviders } from '../tenant-providers.ts';
import { defaultCapTokens } from '../wire-target.ts';
import { checkAvailability, type AvailabilityParts, type AvailabilityRequest } from './availability.ts';
import { isAvailable, type Availability, type AvailableTarget } from './available-target.ts';
import type { CompiledConfig, Group, RoutingNode, Target } from './compiled-config.ts';
import { CredentialSlots } from './credential-slots.ts';
import { withOverrides } from './overrides.ts';
import { reachableIn } from './strategy-order.ts';
import { TargetPlan, type PlanView } from './target-plan.ts';
import { WeightedRoundRobin } from './weighted-round-robin.ts';

interface SelectorParts {
  readonly providers: TenantProviders;
  readonly catalogues: TenantCatalogues;
  readonly health: HealthTracker;
  readonly load: Load;
  readonly prices: Prices;
  /** What the output of a request that sets no cap is taken to be at most. */
  readonly defaultOutputTokens: number;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** A chat that is to be routed, and the config to route it by. */
export interface RoutingRequest {
  readonly config: CompiledConfig;
  readonly chat: ChatRequest;
  readonly metadata: Readonly<Record<string, string>>;
  /** The organisation whose request it is. */
  readonly tenant: string;
  /** Undefined where the caller may use everything. */
  readonly access?: RoutingAccess | undefined;
}

type RoundRobinOf = PlanView['roundRobinOf'];

/** Decides which targets a request is sent to, in which order. It sends nothing itself. */
export class TargetSelector {
  readonly #parts: SelectorParts;
  readonly #availability: AvailabilityParts;
  readonly #accessRules = new AccessRulesCache();
  /** They live as long as their configs. */
  readonly #roundRobins = new WeakMap<Group, WeightedRoundRobin>();
  #requestCount = 0;

  constructor(parts: SelectorParts) {
    const { providers, health } = parts;
    this.#parts = parts;
    this.#availability = { providers, health, credentialSlots: new CredentialSlots() };
  }

  plan(request: RoutingRequest): TargetPlan {
    return this.#plan(request, this.#requestCount++, (group) => this.#roundRobinOf(group));
  }

  /** The plan that the next such request would get. Takes no turn of the round robin. */
  preview(request: RoutingRequest): TargetPlan {
    return this.#plan(request, this.#requestCount, (group) => ({
      next: (weights) => this.#roundRobinOf(group).peek(weights),
    }));
  }

  /** Of one target, whatever its place in a config. */
  availabilityOf(target: Target, request: RoutingRequest): Availability {
    const asked = this.#toAvailabilityRequest(request, this.#requestCount);
    return checkAvailability(target, asked, this.#availability);
  }

  #plan(routed: RoutingRequest, count: number, roundRobinOf: RoundRobinOf): TargetPlan {
    const { load, clock, random } = this.#parts;
    const { config, metadata } = routed;
    const request = this.#toAvailabilityRequest(routed, count);
    const checked = new Map<Target, Availability>();
    const view: PlanView = {
      model: request.chat.model,
      fields: { metadata, params: request.chat },
      nowMs: clock.nowMs(),
      random,
      roundRobinOf,
      availabilityOf: (target) => {
        let known = checked.get(target);
        if (!known) checked.set(target, (known = checkAvailability(target, request, this.#availability)));
        return known;
      },
      forgetAvailability: () => {
        checked.clear();
      },
      hasAvailable: (node) => hasAvailable(node, view),
      availableBelow: (node) => availableBelow(node, view),
      latencyOf: ({ credentialSlots: [slot] }) => (slot ? load.cost(slot.healthKey.id) : 0),
      inFlightOf: ({ credentialSlots }) =>
        credentialSlots.reduce((sum, { healthKey }) => sum + load.inFlight(healthKey.id), 0),
      priceOf: (target) => this.#priceOf(target, request),
    };
    return new TargetPlan(config, view);
  }

  #toAvailabilityRequest(
    { config, chat, tenant, access }: RoutingRequest,
    requestCount: number,
  ): AvailabilityRequest {
    const model = config.modelAliases.get(chat.model);
    const named = model === undefined ? chat : { ...chat, model };
    return {
      chat: named,
      requirements: requirementsOf(named),
      tenant,
      catalogue: this.#parts.catalogues.of(tenant),
      access: access && this.#accessRules.of(access),
      askedModel: chat.model,
      isConfigOfRequest: !config.isStored,
      requestCount,
    };
  }

  #priceOf(
    { provider, model, target }: AvailableTarget,
    { chat, requirements }: AvailabilityRequest,
  ): number | undefined {
    const { prices, defaultOutputTokens } = this.#parts;
    const price = prices.of(provider, model);
    if (!price) return undefined;
    const sent = withOverrides(chat, target.overrides);
    const outputTokens = askedCap(sent) ?? defaultCapTokens(model, defaultOutputTokens);
    return expectedCostNanoUsd(price, requirements, outputTokens);
  }

  #roundRobinOf(group: Group): WeightedRoundRobin {
    const existing = this.#roundRobins.get(group);
    if (existing) return existing;
    const roundRobin = new WeightedRoundRobin();
    this.#roundRobins.set(group, roundRobin);
    return roundRobin;
  }
}

function hasAvailable(node: RoutingNode, view: PlanView): boolean {
  return node.kind === 'group'
    ? reachableIn(node, view.fields).some((child) => hasAvailable(child, view))
    : isAvailable(view.availabilityOf(node));
}

function availableBelow(node: RoutingNode, view: PlanView): readonly AvailableTarget[] {
  if (node.kind === 'group') {
    return reachableIn(node, view.fields).flatMap((child) => availableBelow(child, view));
  }
  const availability = view.availabilityOf(node);
  return isAvailable(availability) ? [availability] : [];
}
