import { Pool } from 'undici';
import { dialects } from '../dialects/dialects.ts';
import type { Provider } from '../domain/provider.ts';
import { Upstream } from './upstream.ts';

export interface UpstreamSettings {
  readonly connectTimeoutMs: number;
  /** From the last byte of a request to the first of its answer. */
  readonly firstByteTimeoutMs: number;
  /** The longest silence within an answer. */
  readonly idleTimeoutMs: number;
  /** How long an unused connection is kept, where the provider does not say. */
  readonly keepAliveMs: number;
  readonly maxAnswerBytes: number;
}

/** The hosts of all providers, over one pool of living connections for each origin. */
export class Upstreams {
  readonly #settings: UpstreamSettings;
  readonly #pools = new Map<string, Pool>();
  readonly #upstreams = new Map<Provider, Upstream>();

  constructor(settings: UpstreamSettings) {
    this.#settings = settings;
  }

  of(provider: Provider): Upstream {
    const existing = this.#upstreams.get(provider);
    if (existing) return existing;
    const upstream = new Upstream({
      provider,
      dialect: dialects[provider.dialect],
      pool: this.#poolAt(new URL(provider.baseUrl).origin),
      maxAnswerBytes: this.#settings.maxAnswerBytes,
    });
    this.#upstreams.set(provider, upstream);
    return upstream;
  }

  #poolAt(origin: string): Pool {
    const existing = this.#pools.get(origin);
    if (existing) return existing;
    const pool = new Pool(origin, {
      connectTimeout: this.#settings.connectTimeoutMs,
      headersTimeout: this.#settings.firstByteTimeoutMs,
      bodyTimeout: this.#settings.idleTimeoutMs,
      keepAliveTimeout: this.#settings.keepAliveMs,
      // Over HTTP/2 all answers of a provider would share one connection, and its end.
      allowH2: false,
    });
    this.#pools.set(origin, pool);
    return pool;
  }
}
