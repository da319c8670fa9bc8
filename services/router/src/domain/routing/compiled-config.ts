import type { RoutingStrategy } from '@weir/contracts/routing/config';
import type { Provider } from '../provider.ts';
import type { RequestFields } from '@weir/service-kit/request-fields';
import type { Overrides } from './overrides.ts';

/** A routing config in the form that targets are selected by. */
export interface CompiledConfig {
  readonly root: RoutingNode;
  /** Whether an admin has stored it, or nobody has brought one; else it came along with the request. */
  readonly isStored: boolean;
  /** The targets of which it depends on the tenant's stored credentials whether there is such a provider. */
  readonly tenantTargets: readonly Target[];
  /** What follows when a stream breaks after its first content. */
  readonly onStreamFailure: 'error' | 'continue';
  readonly hedge: { readonly percentile: number; readonly delayMs: number } | undefined;
  /** `share` is from 0 to 1. */
  readonly mirror: { readonly target: Target; readonly share: number } | undefined;
  readonly modelAliases: ReadonlyMap<string, string>;
  /** By the name of the model that failed, without aliases; `*` stands for every other. */
  readonly contextWindowFallbacks: ReadonlyMap<string, readonly string[]>;
  readonly contentPolicyFallbacks: ReadonlyMap<string, readonly string[]>;
  /** The guardrail policies that a request has to pass on its way here, and its answer on its way back. */
  readonly guardrails: { readonly input: readonly string[]; readonly output: readonly string[] } | undefined;
  /** Fields that have no effect, as sentences for the response's warnings. */
  readonly warnings: readonly string[];
}

/** How a target is called, and what follows its failures. */
export interface TargetPolicy {
  readonly retry: RetryPolicy;
  readonly timeouts: Timeouts;
  readonly breaker: BreakerPolicy;
  readonly healthScope: HealthScope;
  /** What becomes of a good answer that says nothing, where there is another target. */
  readonly onEmptyAnswer: 'accept' | 'fallback';
}

/**
 * Which requests share the health of a target. A config with time-outs or a breaker of its own gets a scope of its own: a
 * time-out of one millisecond must not open the breaker for all other configs.
 */
export interface HealthScope {
  /** Empty for the default time-outs and breaker, else a digest of the config's. */
  readonly id: string;
  /** Whether it is shared with the other routers. Not for inline configs: each request could bring a new one. */
  readonly isShared: boolean;
}

export interface RetryPolicy {
  /** Beyond the first attempt. */
  readonly attempts: number;
  readonly onStatusCodes: ReadonlySet<number>;
  readonly usesRetryAfter: boolean;
}

/** In milliseconds. Absent ones are the router's settings. `totalMs` is for the whole attempt. */
export interface Timeouts {
  readonly connectMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  /** Of streams; without a limit where the settings have none either. */
  readonly firstContentMs?: number | undefined;
  readonly idleMs?: number | undefined;
  readonly totalMs?: number | undefined;
}

export interface BreakerPolicy {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Or this share (0 to 1) of at least `minRequests` within the last half minute. */
  readonly failureRate: number;
  readonly minRequests: number;
  /** How long it stays open, and after each failed probe again. */
  readonly openMs: number;
  /** Where it is given, each failed probe doubles the time, up to this. It bounds `openMs` and every cooldown, too. */
  readonly maxOpenMs: number | undefined;
  /** Statuses that count as failures; undefined for the default, which are failures of the provider's own. */
  readonly failureStatusCodes: ReadonlySet<number> | undefined;
}

/** A leaf of a routing config: one provider, and how it is called. */
export interface Target {
  readonly kind: 'target';
  /** Its place in the config: `targets[0].targets[1]`, or `config` where the whole config is this target. */
  readonly path: string;
  /** Its place as the index at each level. */
  readonly indexes: readonly number[];
  readonly name: string | undefined;
  /** As far as the config alone says: see `providerOfTarget`. Undefined where it follows from the model's name. */
  readonly provider: Provider | undefined;
  readonly credential: CredentialReference | undefined;
  /** The path of the field that names the provider or the credential; empty where there is none. */
  readonly param: string;
  /** Replace parameters of the request. */
  readonly overrides: Overrides;
  readonly weight: number;
  readonly policy: TargetPolicy;
  /** Whether it is available although the request seems too long for the model's context window. */
  readonly ignoresContextWindow?: boolean;
}

/** The name of a stored credential in a config. What it means depends on whose request it is. */
export interface CredentialReference {
  readonly name: string;
  /** The name of the provider that stands beside it, which the credential has to be for. */
  readonly besideProvider: string | undefined;
  /** Whether it is the provider's own name, where there is no credential of that name. */
  readonly isProviderName: boolean;
  /** Why it is neither, as the rest of a sentence that begins with the field. */
  readonly unknown: string;
}

/** An inner node of a routing config: several targets, and the strategy that chooses among them. */
export interface Group {
  readonly kind: 'group';
  readonly path: string;
  readonly name: string | undefined;
  readonly mode: RoutingStrategy['mode'];
  readonly children: readonly RoutingNode[];
  /** The statuses that lead to the next child; undefined for the default of `fallsBack`. */
  readonly onStatusCodes: ReadonlySet<number> | undefined;
  /** `then` is the child's index. */
  readonly conditions: readonly {
    readonly holds: (fields: RequestFields) => boolean;
    readonly then: number;
  }[];
  /** The index of the child for requests that meet no condition. */
  readonly otherwise: number | undefined;
  /** Sticky sessions: the paths of the fields that identify a client, and for how long it keeps its target. */
  readonly sticky: { readonly fields: readonly string[]; readonly ttlMs: number | undefined } | undefined;
  readonly weight: number;
}

export type RoutingNode = Target | Group;
