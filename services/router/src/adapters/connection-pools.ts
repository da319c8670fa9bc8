import type { LookupFunction } from 'node:net';
import { LRUCache } from 'lru-cache';
import { Pool, type Dispatcher } from 'undici';
import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { createConnector, type Connector } from '@weir/service-kit/outbound/connector';
import { FirstByteTimeout } from './first-byte-timeout.ts';
import type { ProxyFor } from '@weir/service-kit/outbound/proxy';
import { createTunnelConnector, type TunnelProxy } from '@weir/service-kit/outbound/tunnel-connector';
import { createGuardedConnector } from '@weir/service-kit/outbound/guarded-connector';
import type { OwnShortages } from '@weir/service-kit/own-shortages';
import { PooledConnection } from './pooled-connection.ts';
import { NameResolver, type Resolve } from '@weir/service-kit/outbound/name-resolver';

export interface PoolsParts {
  readonly connectTimeoutMs: number;
  /** How long an unused connection is kept, where the provider does not say. */
  readonly keepAliveMs: number;
  readonly hostPolicy: HostPolicy;
  /** For hosts that the operator answers for; no other is asked over a proxy, which would connect to what we have not checked. */
  readonly proxyFor?: ProxyFor | undefined;
  /** Resolves names that the operator answers for; by default the system does. */
  readonly lookup?: LookupFunction | undefined;
  /** Resolves names that callers bring; by default DNS does. */
  readonly resolve?: Resolve | undefined;
  /** Told of what works: look-ups of names, and the proxy. */
  readonly shortages?: Pick<OwnShortages, 'works'> | undefined;
}

interface Place {
  readonly origin: string;
  readonly isGuarded: boolean;
  readonly connectMs?: number | undefined;
}

/** Pools that configs, and so callers, can bring into being. */
const maxPassing = 256;

/** Living connections: a pool for each origin and time to connect. */
export class ConnectionPools {
  readonly #parts: PoolsParts;
  readonly #names: NameResolver;
  readonly #proxies = new Map<string, TunnelProxy>();
  /** Those of the operator's own providers and settings: there are only so many. */
  readonly #lasting = new Map<string, Pool>();
  /** One that has to go lets the calls end that run over it. */
  readonly #passing = new LRUCache<string, Pool>({
    max: maxPassing,
    dispose: (pool) => void pool.close(),
  });

  constructor(parts: PoolsParts) {
    this.#parts = parts;
    this.#names = new NameResolver({ resolve: parts.resolve });
  }

  /** To be asked for anew with every call, since it may have been closed. */
  at({ origin, isGuarded, connectMs = this.#parts.connectTimeoutMs }: Place): Pool {
    const isLasting = !isGuarded && connectMs === this.#parts.connectTimeoutMs;
    const pools = isLasting ? this.#lasting : this.#passing;
    const key = isLasting ? origin : `${origin} ${connectMs} ${isGuarded}`;
    const existing = pools.get(key);
    if (existing) return existing;
    const { keepAliveMs } = this.#parts;
    const connect = this.#connectorTo(origin, isGuarded, connectMs);
    const pool = new WatchedPool(origin, {
      connect,
      keepAliveTimeout: keepAliveMs,
      factory: (at, options) => new PooledConnection(at, { ...options, connect }),
    });
    pools.set(key, pool);
    return pool;
  }

  #connectorTo(origin: string, isGuarded: boolean, timeoutMs: number): Connector {
    const { hostPolicy, lookup, proxyFor, shortages } = this.#parts;
    if (isGuarded) {
      return createGuardedConnector({ origin, timeoutMs, hostPolicy, names: this.#names, lookup });
    }
    const url = proxyFor?.(origin);
    if (url) {
      const onAnswer = () => shortages?.works('EPROXY');
      return createTunnelConnector({ proxy: this.#proxyAt(url), timeoutMs, onAnswer });
    }
    return createConnector({ timeoutMs, lookup, onLookup: () => shortages?.works('EAI_AGAIN') });
  }

  #proxyAt(url: URL): TunnelProxy {
    const existing = this.#proxies.get(url.href);
    if (existing) return existing;
    const proxy = { url };
    this.#proxies.set(url.href, proxy);
    return proxy;
  }
}

/** A pool whose `headersTimeout` is kept to the millisecond. */
class WatchedPool extends Pool {
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const { headersTimeout } = options;
    if (!headersTimeout) return super.dispatch(options, handler);
    return super.dispatch({ ...options, headersTimeout: 0 }, new FirstByteTimeout(handler, headersTimeout));
  }
}
