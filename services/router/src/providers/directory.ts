import { LRUCache } from 'lru-cache';
import { isMaskedKey, maskedKeyProblem } from '@weir/contracts/keys/masked-key';
import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import type { Provider } from '../domain/provider.ts';
import type {
  ProviderReference,
  ProviderFinder,
  ProviderProblem,
} from '../domain/routing/provider-finder.ts';
import { presets, type Preset } from './presets.ts';
import { isHeaderWord } from './environment.ts';
import { customKind, customProvider, toBaseUrl, withKey } from './custom-provider.ts';

interface DirectoryParts {
  /** The operator's own. */
  readonly configured: readonly Provider[];
  /** Presets that are usable by those for whom a credential is stored. */
  readonly unkeyed?: readonly Provider[];
  readonly hostPolicy: HostPolicy;
}

interface Named {
  readonly provider?: Provider | undefined;
  readonly preset?: Preset | undefined;
}

/** How many providers of configs are cached: inline configs may refer to any number. */
const maxKept = 1_000;

/** A name that may be repeated in an error message. An API key in the wrong field may not: `sk-…`, or a long run of letters. */
const safeToEcho = /^(?!@?g?sk[-_])(?!.*[a-z\d]{20})[a-z\d@._/-]{1,32}$/;

/**
 * Finds the providers that configs refer to: the operator's own, presets with a key from the config, and hosts from the
 * config. The operator's credentials, headers and query parameters go to the operator's own hosts only. The same reference
 * gives the same object while it is cached, since health and connections are kept by provider.
 */
export class ProviderDirectory implements ProviderFinder {
  readonly #configured: ReadonlyMap<string, Provider>;
  readonly #unkeyed: ReadonlyMap<string, Provider>;
  readonly #hostPolicy: HostPolicy;
  readonly #found = new LRUCache<string, Provider>({ max: maxKept });

  constructor({ configured, unkeyed = [], hostPolicy }: DirectoryParts) {
    this.#configured = byName(configured);
    this.#unkeyed = byName(unkeyed);
    this.#hostPolicy = hostPolicy;
  }

  /** The provider of this name that stored credentials of it are for; undefined where its address is not known. */
  providerOfCredentials(name: string): Provider | undefined {
    const { provider, preset } = this.#named(name);
    return provider ?? this.#unkeyed.get(preset?.name ?? '');
  }

  find(reference: ProviderReference): Provider | ProviderProblem {
    const { provider, apiKey, customHost } = reference;
    if (apiKey !== undefined && !isHeaderWord(apiKey)) {
      return problem('api_key', 'must be printable ASCII without white space');
    }
    if (apiKey !== undefined && isMaskedKey(apiKey)) return problem('api_key', maskedKeyProblem);
    const key = JSON.stringify([provider ?? null, apiKey ?? null, customHost ?? null]);
    const kept = this.#found.get(key);
    if (kept) return kept;
    const found = customHost === undefined ? this.#findKnown(reference) : this.#findAt(customHost, reference);
    if (!('field' in found)) this.#found.set(key, found);
    return found;
  }

  /** A reference without `custom_host`: the host is the operator's or the preset's. */
  #findKnown({ provider: name, apiKey }: ProviderReference): Provider | ProviderProblem {
    if (name === undefined) return problem('api_key', 'must stand beside a "provider" or a "custom_host"');
    const { provider, preset } = this.#named(name);
    if (provider) return apiKey === undefined ? provider : withKey(provider, apiKey);
    if (!preset) return this.#unknown(name);
    const { defaultBaseUrl, keyVariable = '', requires } = preset;
    const unkeyed = apiKey === undefined && this.#unkeyed.get(preset.name);
    if (unkeyed) return unkeyed;
    if (defaultBaseUrl === undefined) {
      return problem('provider', `${quote(name)} is not configured, so the target needs a "custom_host"`);
    }
    if (apiKey === undefined && requires.includes(keyVariable)) {
      return problem(
        'provider',
        `${quote(name)} is not configured with a key, so the target needs an "api_key"`,
      );
    }
    return customProvider(preset, defaultBaseUrl, apiKey);
  }

  /** At an address that the config names. */
  #findAt(address: string, { provider: name, apiKey }: ProviderReference): Provider | ProviderProblem {
    const { provider, preset } = name === undefined ? {} : this.#named(name);
    const kind = provider ?? preset ?? (name === undefined ? customKind : undefined);
    if (!kind) return this.#unknown(name ?? '');
    if (provider && isAt(provider, address)) {
      return apiKey === undefined ? provider : withKey(provider, apiKey);
    }
    const reason = this.#hostPolicy.checkHost(address);
    if (reason !== undefined) return problem('custom_host', reason);
    return { ...customProvider(kind, toBaseUrl(address, kind), apiKey), isPublicHostOnly: true };
  }

  /** The operator may have given a name to a provider that we know something else by. */
  #named(reference: string): Named {
    // Portkey's users write `@openai`.
    const name = reference.startsWith('@') ? reference.slice(1) : reference;
    const preset = presets.find((each) => each.name === name || each.alias === name);
    return { provider: this.#configured.get(name) ?? this.#configured.get(preset?.name ?? ''), preset };
  }

  #unknown(name: string): ProviderProblem {
    const known = new Set([...this.#configured.keys(), ...presets.map((preset) => preset.name)]);
    const said = safeToEcho.test(name) ? `${quote(name)} ` : '';
    return problem('provider', `${said}is not known; there are ${[...known].sort().join(', ')}`);
  }
}

function byName(providers: readonly Provider[]): ReadonlyMap<string, Provider> {
  return new Map(providers.map((provider) => [provider.name, provider]));
}

/** Whether the address is the operator's own for this provider. */
function isAt(provider: Provider, address: string): boolean {
  return URL.canParse(address) && toBaseUrl(address, provider) === toBaseUrl(provider.baseUrl, provider);
}

function problem(field: ProviderProblem['field'], message: string): ProviderProblem {
  return { field, message };
}

function quote(name: string): string {
  return JSON.stringify(name);
}
