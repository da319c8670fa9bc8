import { hash } from 'node:crypto';
import { arrayOf } from '@weir/contracts/collections';
import { LRUCache } from 'lru-cache';
import type { CacheMode } from '@weir/contracts/cache/rules';
import { cacheSchema, fieldPathSchema } from '@weir/contracts/routing/policies';
import { documentJsonLimits } from '@weir/contracts/limits';
import { configRevision, routingConfigs } from '@weir/contracts/routing/buckets';
import { inSnakeCase } from '@weir/contracts/routing/spelling';
import { parseBoundedJson } from '@weir/service-kit/bounded-json';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import { safeParse } from '@weir/service-kit/schema-fault';
import { z } from 'zod';

/** What of a routing config concerns the cache. The rest of it is the router's to judge. */
export interface ConfigFacts {
  readonly cacheMode: CacheMode | undefined;
  readonly maxAgeSeconds: number | undefined;
  /** Tells the config as it stands now from all others. */
  readonly digest: string;
  /** Of a stored one. */
  readonly revision?: string;
  /** What its conditions and its sticky sessions read of a request: those that differ in these may be routed to different models. */
  readonly routedBy: readonly string[];
  /** The guardrails that it asks for. */
  readonly required: { readonly input: string[]; readonly output: string[] };
}

const names = arrayOf(z.string()).default([]);

const configSchema = z.preprocess(
  inSnakeCase,
  z.looseObject({
    cache: cacheSchema.optional(),
    input_guardrails: names,
    output_guardrails: names,
  }),
);

/** How many inline configs are remembered: applications send the same few again and again. Only digests of them are kept. */
const maxRemembered = 256;

const defaultConfig = 'default';

/** The routing configs, by the local copy of the stored ones. */
export class RoutingConfigs {
  readonly #inline = new LRUCache<string, ConfigFacts>({ max: maxRemembered });
  readonly #stored = new Map<string, ConfigFacts>();
  #store: Store<typeof routingConfigs> | undefined;

  constructor({ bus }: { bus: Pick<Bus, 'store'> }) {
    // It rejects only where the bus is drained before.
    bus.store(routingConfigs).then(
      (store) => {
        this.#store = store;
        store.watch((name) => {
          this.#stored.delete(name);
        });
      },
      () => undefined,
    );
  }

  inline(text: string): ConfigFacts | undefined {
    const digest = hash('sha256', text, 'base64url');
    const known = this.#inline.get(digest);
    if (known) return known;
    const facts = factsOf(parseBoundedJson(text, documentJsonLimits), digest);
    if (facts) this.#inline.set(digest, facts);
    return facts;
  }

  /** Undefined where nothing is known of it, or it cannot be read; `none` where no config is named, and there is no stored one `default`. */
  stored(name = defaultConfig): ConfigFacts | 'none' | undefined {
    const known = this.#stored.get(name);
    if (known) return known;
    if (this.#store?.unreadable.has(name)) return undefined;
    const entry = this.#store?.get(name);
    if (!entry) return this.#store && name === defaultConfig ? 'none' : undefined;
    const revision = configRevision(entry.revision, entry.value);
    const digest = hash('sha256', JSON.stringify([name, revision]), 'base64url');
    const read = factsOf(entry.value.config, digest);
    if (!read) return undefined;
    const facts = { ...read, revision };
    this.#stored.set(name, facts);
    return facts;
  }
}

const modes = { simple: 'exact', semantic: 'semantic' } as const;

/** Undefined where what concerns the cache cannot be read: the router refuses such a config, and the cache must not answer. */
function factsOf(config: unknown, digest: string): ConfigFacts | undefined {
  const { data } = safeParse(configSchema, config);
  if (!data) return undefined;
  const { cache } = data;
  const routedBy = new Set<string>();
  collectFieldPaths(config, routedBy);
  return {
    cacheMode: cache && modes[cache.mode],
    maxAgeSeconds: cache?.max_age,
    digest,
    routedBy: [...routedBy].sort(),
    required: { input: data.input_guardrails, output: data.output_guardrails },
  };
}

/** Conditions have the paths for keys, sticky sessions in a list. What else looks like one does no harm. */
function collectFieldPaths(value: unknown, found: Set<string>): void {
  if (typeof value === 'string' && fieldPathSchema.safeParse(value).success) found.add(value);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    collectFieldPaths(name, found);
    collectFieldPaths(inner, found);
  }
}
