import { configRevision, type routingConfigs } from '@weir/contracts/routing/buckets';
import type { StoreEntry, Store } from '@weir/service-kit/bus/store';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { isSealed, openSealed, type SealingKeys } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { LRUCache } from 'lru-cache';
import { compileConfig } from '../domain/routing/compile.ts';
import type { ProviderFinder } from '../domain/routing/provider-finder.ts';
import type { CompiledConfig } from '../domain/routing/compiled-config.ts';
import { providerOfTarget, unusableTargets } from '../domain/routing/target-provider.ts';
import type { TenantProviders } from '../domain/tenant-providers.ts';
import { maxInlineBytes, readConfigText } from './config-text.ts';
import { openStored, type StoredConfig } from './stored-config.ts';

interface Dependencies {
  readonly store: Pick<Store<typeof routingConfigs>, 'watch'>;
  readonly finder: ProviderFinder;
  readonly providers: TenantProviders;
  readonly masterKeys: MasterKeys;
  readonly sealingKeys: SealingKeys;
  readonly logger: Logger;
}

/** A config as a request uses it. Whoever has it keeps it, whatever becomes of the stored one. */
export interface ResolvedConfig {
  /** The stored config's name, or `inline`; undefined where the model's name alone decides. */
  readonly name: string | undefined;
  /** Of a stored one. */
  readonly revision?: string;
  readonly compiled: CompiledConfig;
}

/** Holds for requests that bring no config. */
const defaultName = 'default';

/** How many inline configs are kept compiled. Clients send few, and each with every request. */
const maxInline = 256;

/**
 * Every routing config, ready to choose by. A config that has not changed stays the same object, since what is counted for
 * it, as the turns of its targets, is kept by that.
 */
export class ConfigLibrary {
  readonly #dependencies: Dependencies;
  /** A fault is what requests that name the config are answered with. */
  readonly #stored = new Map<string, ResolvedConfig | Fault>();
  readonly #inline = new LRUCache<string, ResolvedConfig>({ max: maxInline });
  readonly #builtIn: ResolvedConfig;

  constructor(dependencies: Dependencies) {
    const { store, finder } = dependencies;
    this.#dependencies = dependencies;
    this.#builtIn = { name: undefined, compiled: compileConfig({}, finder) };
    store.watch((name, entry) => {
      if (!entry) {
        this.#stored.delete(name);
        return undefined;
      }
      const compiled = entry.fault ?? this.#compileStored(entry);
      this.#stored.set(name, compiled);
      return compiled;
    });
  }

  /** How many configs are stored. */
  get size(): number {
    return this.#stored.size;
  }

  /**
   * The config that an envelope refers to: a stored one's name, or a sealed one. Throws `config_not_found`,
   * `stored_entry_unreadable` where a stored one cannot be read or used by this replica, `invalid_config`, also where a
   * sealed one names a credential that the tenant does not have, and `stale_sealing_key`.
   */
  resolve(reference: string | undefined, tenant: string): ResolvedConfig {
    const stored = this.#stored.get(reference ?? defaultName);
    if (stored instanceof Fault) throw stored;
    if (stored) return stored;
    if (reference === undefined) return this.#builtIn;
    if (!isSealed(reference)) throw configNotFound(reference);
    const inline = this.#inline.get(reference) ?? this.#compileInline(reference);
    this.#assertUsable(inline.compiled, tenant);
    return inline;
  }

  /** What those who administer a stored config should know of it: what of it has no effect, or why it cannot be used. */
  warningsOf(name: string): readonly string[] {
    const stored = this.#stored.get(name);
    if (!stored) return [];
    if (stored instanceof Fault) return [stored.message];
    return [...stored.compiled.warnings, ...unusableTargets(stored.compiled, this.#dependencies.providers)];
  }

  #assertUsable({ tenantTargets }: CompiledConfig, tenant: string): void {
    for (const target of tenantTargets) {
      const provider = providerOfTarget(target, tenant, this.#dependencies.providers);
      if (provider instanceof Fault) throw provider;
    }
  }

  /** Never throws: a config that cannot be used must not take the others with it. */
  #compileStored({ key: name, value, revision }: StoreEntry<StoredConfig>): ResolvedConfig | Fault {
    const { masterKeys, finder, logger } = this.#dependencies;
    try {
      return {
        name,
        revision: configRevision(revision, value),
        compiled: compileConfig(openStored(value, { name, masterKeys }), finder, {
          id: name,
          isStored: true,
        }),
      };
    } catch (thrown) {
      const { message } = Fault.from(thrown);
      // What is wrong with it is no mistake of whoever sends a request: it may be of a newer version.
      const fault = new Fault('stored_entry_unreadable', {
        message: `The routing config ${JSON.stringify(name)} cannot be used: ${message}`,
        cause: thrown,
      });
      logger.error({ config: name, revision, err: fault }, 'a stored routing config cannot be used');
      return fault;
    }
  }

  #compileInline(token: string): ResolvedConfig {
    const { sealingKeys, finder } = this.#dependencies;
    const config = readConfigText(openSealed(token, sealingKeys), maxInlineBytes);
    const resolved = {
      name: 'inline',
      compiled: compileConfig(config, finder, { id: token, isStored: false }),
    };
    this.#inline.set(token, resolved);
    return resolved;
  }
}

/** Names are at most this long; what is longer was never one. */
const maxShown = 64;

export function configNotFound(name: string): Fault {
  const message = `There is no routing config ${JSON.stringify(name.slice(0, maxShown))}.`;
  return new Fault('config_not_found', { message, param: 'config' });
}
