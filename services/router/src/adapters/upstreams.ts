import type { LookupFunction } from 'node:net';
import { dialects } from '../dialects/dialects.ts';
import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import type { ProxyFor } from '@weir/service-kit/outbound/proxy';
import type { Provider } from '../domain/provider.ts';
import type { Resolve } from '@weir/service-kit/outbound/name-resolver';
import type { OwnShortages } from '@weir/service-kit/own-shortages';
import type { KnownSecrets } from '@weir/service-kit/secrets/known-secrets';
import { ConnectionPools } from './connection-pools.ts';
import { Upstream } from './upstream.ts';

export interface UpstreamSettings {
  readonly connectTimeoutMs: number;
  /** From the last byte of a request to the first of its answer. */
  readonly firstByteTimeoutMs: number;
  /** From the beginning of an attempt to the first content of its stream; no limit by default. */
  readonly firstContentTimeoutMs?: number | undefined;
  /** The longest silence within an answer. */
  readonly idleTimeoutMs: number;
  /** How long an unused connection is kept, where the provider does not say. */
  readonly keepAliveMs: number;
  readonly maxAnswerBytes: number;
}

interface UpstreamsParts {
  readonly settings: UpstreamSettings;
  /** Where configs may send requests. */
  readonly hostPolicy: HostPolicy;
  /** Of hosts that the operator answers for; by default there is none. */
  readonly proxyFor?: ProxyFor;
  /** Resolves names that the operator answers for; by default the system does. */
  readonly lookup?: LookupFunction;
  /** Resolves names that callers bring; by default DNS does. */
  readonly resolve?: Resolve;
  /** Told of every key that is used. */
  readonly secrets?: Pick<KnownSecrets, 'noteUse'>;
  /** Told of what this process lacks for its calls. */
  readonly shortages?: OwnShortages;
}

/** The hosts of all providers. What a provider has of its own here goes with it; connections are its origin's. */
export class Upstreams {
  readonly #settings: UpstreamSettings;
  readonly #pools: ConnectionPools;
  readonly #secrets: UpstreamsParts['secrets'];
  readonly #shortages: UpstreamsParts['shortages'];
  readonly #upstreams = new WeakMap<Provider, Upstream>();

  constructor({ settings, hostPolicy, proxyFor, lookup, resolve, secrets, shortages }: UpstreamsParts) {
    const { connectTimeoutMs, keepAliveMs } = settings;
    this.#settings = settings;
    this.#secrets = secrets;
    this.#shortages = shortages;
    this.#pools = new ConnectionPools({
      connectTimeoutMs,
      keepAliveMs,
      hostPolicy,
      proxyFor,
      lookup,
      resolve,
      shortages,
    });
  }

  of(provider: Provider): Upstream {
    const existing = this.#upstreams.get(provider);
    if (existing) return existing;
    const upstream = new Upstream({
      provider,
      dialect: dialects[provider.dialect],
      pools: this.#pools,
      settings: this.#settings,
      secrets: this.#secrets,
      shortages: this.#shortages,
    });
    this.#upstreams.set(provider, upstream);
    return upstream;
  }
}
