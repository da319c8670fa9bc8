import type { RoutingStrategy } from '@weir/contracts/routing/config';
import type { Provider } from '../provider.ts';
import type { RequestFields } from './condition.ts';
import type { Overrides } from './overrides.ts';

/** A routing config, ready to choose by. */
export interface CompiledConfig {
  readonly root: RoutingNode;
  /** What becomes of a stream that breaks after its first content. */
  readonly onStreamFailure: 'error' | 'continue';
  readonly hedge: { readonly percentile: number; readonly delayMs: number } | undefined;
  /** `share` is from 0 to 1. */
  readonly mirror: { readonly target: Target; readonly share: number } | undefined;
  readonly modelAliases: ReadonlyMap<string, string>;
  /** By the name of the model that failed, without aliases; `*` stands for every other. */
  readonly contextWindowFallbacks: ReadonlyMap<string, readonly string[]>;
  readonly contentPolicyFallbacks: ReadonlyMap<string, readonly string[]>;
  /** What of it has no effect, for those who write and use it to read. */
  readonly warnings: readonly string[];
}

/** What a target is asked with, and what becomes of its failures. */
export interface TargetPolicy {
  readonly retry: RetryPolicy;
  readonly timeouts: Timeouts;
  readonly breaker: BreakerPolicy;
  readonly healthScope: HealthScope;
}

/**
 * Whom it concerns what is found of a target. Targets that are judged by time-outs or a breaker of their config's own have a
 * health of their own: who sets a time-out of a millisecond takes a provider from nobody else.
 */
export interface HealthScope {
  /** Empty for the router's own time-outs and breaker; else a digest of these and of the config that has them. */
  readonly id: string;
  /** Whether other routers are told: not of what each request could bring along anew. */
  readonly isShared: boolean;
}

export interface RetryPolicy {
  /** Beyond the first attempt. */
  readonly attempts: number;
  readonly onStatusCodes: ReadonlySet<number>;
  readonly usesRetryAfter: boolean;
}

/** In milliseconds; what is absent is the router's own setting. `totalMs` is the whole attempt. */
export interface Timeouts {
  readonly connectMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly idleMs?: number | undefined;
  readonly totalMs?: number | undefined;
}

export interface BreakerPolicy {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Or this share (0 to 1) of at least `minRequests` within the last half minute. */
  readonly failureRate: number;
  readonly minRequests: number;
  /** How long it stays open at first. */
  readonly openMs: number;
  /** Statuses that count as failures; undefined for the default, which are failures of the provider's own. */
  readonly failureStatusCodes: ReadonlySet<number> | undefined;
}

/** A leaf of a routing config: one provider, and how to ask it. */
export interface Target {
  readonly kind: 'target';
  /** Where it stands in its config: `targets[0].targets[1]`; `config` where the config is this target alone. */
  readonly path: string;
  /** The same as numbers. */
  readonly indexes: readonly number[];
  readonly name: string | undefined;
  /** Undefined where the request's model decides on the provider. */
  readonly provider: Provider | undefined;
  /** Take the place of the request's parameters. */
  readonly overrides: Overrides;
  readonly weight: number;
  readonly policy: TargetPolicy;
  /** Whether it is asked although the request seems to be too long for it. */
  readonly ignoresContextWindow?: boolean;
}

/** An inner node of a routing config: several targets and the way to choose among them. */
export interface Group {
  readonly kind: 'group';
  readonly path: string;
  readonly name: string | undefined;
  readonly mode: RoutingStrategy['mode'];
  readonly children: readonly RoutingNode[];
  /** Failures of which statuses another child is asked after; undefined for the default. */
  readonly onStatusCodes: ReadonlySet<number> | undefined;
  /** `then` is the child's index. */
  readonly conditions: readonly {
    readonly holds: (fields: RequestFields) => boolean;
    readonly then: number;
  }[];
  /** The child for what meets no condition. */
  readonly otherwise: number | undefined;
  /** Paths of the fields that keep a caller at its target, and for how long. */
  readonly sticky: { readonly fields: readonly string[]; readonly ttlMs: number | undefined } | undefined;
  readonly weight: number;
}

export type RoutingNode = Target | Group;
