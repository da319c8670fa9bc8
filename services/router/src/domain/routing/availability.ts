import type { ChatRequest } from '@weir/contracts/chat/request';
import { Fault } from '@weir/service-kit/fault';
import { missingCapability, requirementsOf, type Requirements } from '../capabilities.ts';
import { findForbidden, type AccessRules, type Forbidden } from '../access/access-rules.ts';
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import type { HealthStatus, HealthTracker } from '../health/health.ts';
import type { Availability, CredentialSlot, UnavailableReason } from './available-target.ts';
import type { Target } from './compiled-config.ts';
import type { CredentialSlots } from './credential-slots.ts';
import { withOverrides } from './overrides.ts';
import { providerOfTarget } from './target-provider.ts';
import type { TenantProviders } from '../tenant-providers.ts';

export interface AvailabilityParts {
  readonly providers: TenantProviders;
  readonly health: HealthTracker;
  readonly credentialSlots: CredentialSlots;
}

export interface AvailabilityRequest {
  /** With the model's name after aliases. */
  readonly chat: ChatRequest;
  readonly requirements: Requirements;
  /** The organisation whose request it is. */
  readonly tenant: string;
  /** Of the tenant. */
  readonly catalogue: Catalogue;
  /** Undefined where the caller may use everything. */
  readonly access: AccessRules | undefined;
  /** The model's name before aliases. */
  readonly askedModel: string;
  /** Whether the request has brought its config. */
  readonly isConfigOfRequest: boolean;
  /** Grows by one from request to request: it rotates the credentials. */
  readonly requestCount: number;
}

/**
 * Whether a target can take a request now: some provider has its model, the caller may use both, the model can do what the
 * request requires, and at least one credential is healthy. Every target is judged here, whatever it is tried for.
 */
export function checkAvailability(
  target: Target,
  request: AvailabilityRequest,
  parts: AvailabilityParts,
): Availability {
  const { health, credentialSlots } = parts;
  const entry = resolve(target, request, parts);
  if (entry instanceof Fault) {
    const reason: UnavailableReason = { kind: 'unresolved', fault: entry };
    return { target, reason, provider: target.provider, model: undefined };
  }
  const { provider, model } = entry;
  const what = request.access && forbiddenIn(request.access, target, entry, request);
  if (what) {
    return { target, reason: { kind: 'forbidden', what, askedModel: request.askedModel }, provider, model };
  }
  const missing = missingCapability(model, requirementsAt(target, request));
  if (missing && !(missing === 'context' && target.ignoresContextWindow)) {
    return { target, reason: { kind: 'incapable', missing }, provider, model };
  }
  const slots = credentialSlots.of(provider, model.id, target.policy.healthScope);
  const rotated = rotate(slots, request.requestCount);
  // Read once for each: a cooldown could end between two reads.
  const statuses = rotated.map(({ healthKey }) => health.statusOf(healthKey));
  const usable = statuses.every(isUsable) ? rotated : rotated.filter((_, index) => isUsable(statuses[index]));
  if (usable.length > 0) return { target, provider, model, credentialSlots: usable };
  return { target, reason: firstToRecover(statuses), provider, model };
}

function forbiddenIn(
  access: AccessRules,
  { overrides }: Target,
  { provider, model }: CatalogueEntry,
  { chat, askedModel, isConfigOfRequest }: AvailabilityRequest,
): Forbidden | undefined {
  return findForbidden(access, {
    provider,
    model: model.id,
    furtherModels: overrides['models'] ?? chat['models'],
    // What a config of the operator's makes of a name is the operator's decision.
    askedModel: isConfigOfRequest ? undefined : askedModel,
    isOfRequest: isConfigOfRequest,
  });
}

function isUsable(status: HealthStatus | undefined): boolean {
  return status?.retryAtMs === undefined;
}

/** A config's overrides may take tools out of a request, or put some in. */
function requirementsAt({ overrides }: Target, { chat, requirements }: AvailabilityRequest): Requirements {
  return overrides.tools === undefined ? requirements : requirementsOf(withOverrides(chat, overrides));
}

function resolve(
  target: Target,
  { chat, tenant, catalogue }: AvailabilityRequest,
  { providers }: AvailabilityParts,
): CatalogueEntry | Fault {
  const provider = providerOfTarget(target, tenant, providers);
  if (provider instanceof Fault) return provider;
  const model = target.overrides.model ?? chat.model;
  try {
    return provider ? catalogue.resolveAt(provider, model) : catalogue.resolve(model);
  } catch (thrown) {
    return Fault.from(thrown);
  }
}

function rotate(slots: readonly CredentialSlot[], count: number): readonly CredentialSlot[] {
  if (slots.length < 2) return slots;
  const first = count % slots.length;
  return [...slots.slice(first), ...slots.slice(0, first)];
}

/** The target is unhealthy until the first of its credentials may be used again. */
function firstToRecover(statuses: readonly HealthStatus[]): UnavailableReason {
  const [first] = statuses.toSorted((a, b) => (a.retryAtMs ?? 0) - (b.retryAtMs ?? 0));
  return {
    kind: 'unhealthy',
    untilMs: first?.retryAtMs ?? 0,
    code: first?.reason ?? 'no_target_available',
    ...(statuses.some(({ isDoubted }) => isDoubted) && { isDoubted: true }),
  };
}
