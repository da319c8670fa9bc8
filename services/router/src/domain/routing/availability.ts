import type { ChatRequest } from '@weir/contracts/chat/request';
import { Fault } from '@weir/service-kit/fault';
import { missingCapability, requirementsOf, type Requirements } from '../capabilities.ts';
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import type { HealthStatus, HealthTracker } from '../health/health.ts';
import type { Availability, CredentialSlot, UnavailableReason } from './available-target.ts';
import type { Target } from './compiled-config.ts';
import type { CredentialSlots } from './credential-slots.ts';
import { withOverrides } from './overrides.ts';

export interface AvailabilityParts {
  readonly catalogue: Catalogue;
  readonly health: HealthTracker;
  readonly credentialSlots: CredentialSlots;
}

export interface AvailabilityRequest {
  /** With the model's name after aliases. */
  readonly chat: ChatRequest;
  readonly requirements: Requirements;
  /** Grows by one from request to request: it rotates the credentials. */
  readonly requestCount: number;
}

/**
 * Whether a target can take a request now: some provider has its model, the model can do what the request requires, and at
 * least one credential is healthy.
 */
export function checkAvailability(
  target: Target,
  request: AvailabilityRequest,
  { catalogue, health, credentialSlots }: AvailabilityParts,
): Availability {
  const entry = resolve(target, target.overrides.model ?? request.chat.model, catalogue);
  if (entry instanceof Fault) {
    const reason: UnavailableReason = { kind: 'unresolved', fault: entry };
    return { target, reason, provider: target.provider, model: undefined };
  }
  const { provider, model } = entry;
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

function isUsable(status: HealthStatus | undefined): boolean {
  return status?.retryAtMs === undefined;
}

/** A config's overrides may take tools out of a request, or put some in. */
function requirementsAt({ overrides }: Target, { chat, requirements }: AvailabilityRequest): Requirements {
  return overrides.tools === undefined ? requirements : requirementsOf(withOverrides(chat, overrides));
}

function resolve(target: Target, model: string, catalogue: Catalogue): CatalogueEntry | Fault {
  try {
    return target.provider ? catalogue.resolveAt(target.provider, model) : catalogue.resolve(model);
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
  };
}
