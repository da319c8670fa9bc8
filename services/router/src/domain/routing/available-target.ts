import type { FaultCode } from '@weir/contracts/faults';
import type { Fault } from '@weir/service-kit/fault';
import type { Forbidden } from '../access/access-rules.ts';
import type { HealthKey } from '../health/health.ts';
import type { Credential, Provider, ProviderModel } from '../provider.ts';
import type { Target } from './compiled-config.ts';

/** One way to call a provider's model: with a credential, or without where the provider needs none. */
export interface CredentialSlot {
  readonly credential: Credential | undefined;
  readonly healthKey: HealthKey;
}

/** A target of a config that can take the request now, with its provider and model resolved. */
export interface AvailableTarget {
  readonly target: Target;
  readonly provider: Provider;
  readonly model: ProviderModel;
  /** Those that are healthy, the next in rotation first; at least one. */
  readonly credentialSlots: readonly CredentialSlot[];
}

/** Why a target cannot take the request, or not now. */
export type UnavailableReason =
  /** No provider has such a model, or the providers have not listed their models yet. */
  | { readonly kind: 'unresolved'; readonly fault: Fault }
  /** The policies of the caller's key or organisation do not allow it. */
  | { readonly kind: 'forbidden'; readonly what: Forbidden; readonly askedModel: string }
  /** The model takes no images, no tools, or no request as long as this one. */
  | { readonly kind: 'incapable'; readonly missing: 'images' | 'tools' | 'context' }
  /** Every credential's breaker is open, or in a cooldown, until then: Unix time in milliseconds. */
  | {
      readonly kind: 'unhealthy';
      readonly untilMs: number;
      readonly code: FaultCode;
      /** Another router may be answered. */
      readonly isDoubted?: true;
    };

/** A target that is passed over. Provider and model are undefined where they could not be resolved. */
export interface UnavailableTarget {
  readonly target: Target;
  readonly reason: UnavailableReason;
  readonly provider: Provider | undefined;
  readonly model: ProviderModel | undefined;
}

export type Availability = AvailableTarget | UnavailableTarget;

export function isAvailable(availability: Availability): availability is AvailableTarget {
  return 'credentialSlots' in availability;
}
