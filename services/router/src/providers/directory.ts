import { LRUCache } from 'lru-cache';
import type { HostPolicy } from '../domain/host-policy.ts';
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
  readonly hostPolicy: HostPolicy;
}

interface Named {
  readonly provider?: Provider | undefined;
  readonly preset?: Preset | undefined;
}

/** Inline configs are made by callers: of what they name, so much is kept. */
const maxKept = 1_000;

/** What may be repeated to whoever mistyped it. A key in the wrong field may not: `sk-…`, or a word longer than names have. */
const safeToEcho = /^(?!@?g?sk[-_])(?!.*[a-z\d]{20})[a-z\d@._/-]{1,32}$/;

/**
 * Finds the providers that configs name: the operator's, well-known ones with a key of the config's, and hosts that the
 * config names itself. The operator's credentials, headers and query go to the operator's own hosts only. Who asks for the
 * same again gets the same object, mostly, so that what is kept by provider is shared.
 */
export class ProviderDirectory implements ProviderFinder {
  readonly #configured: ReadonlyMap<string, Provider>;
  readonly #hostPolicy: HostPolicy;
  readonly #found = new LRUCache<string, Provider>({ max: maxKept });

  constructor({ configured, hostPolicy }: DirectoryParts) {
    this.#configured = new Map(configured.map((provider) => [provider.name, provider]));
    this.#hostPolicy = hostPolicy;
  }

  find(asked: ProviderReference): Provider | ProviderProblem {
    const { provider, apiKey, customHost } = asked;
    if (apiKey !== undefined && !isHeaderWord(apiKey)) {
      return problem('api_key', 'must be printable ASCII without white space');
    }
    const key = JSON.stringify([provider ?? null, apiKey ?? null, customHost ?? null]);
    const kept = this.#found.get(key);
    if (kept) return kept;
    const found = customHost === undefined ? this.#findKnown(asked) : this.#findAt(customHost, asked);
    if (!('field' in found)) this.#found.set(key, found);
    return found;
  }

  /** At the address that is known of it. */
  #findKnown({ provider: name, apiKey }: ProviderReference): Provider | ProviderProblem {
    if (name === undefined) return problem('api_key', 'must stand beside a "provider" or a "custom_host"');
    const { provider, preset } = this.#named(name);
    if (provider) return apiKey === undefined ? provider : withKey(provider, preset, apiKey);
    if (!preset) return this.#unknown(name);
    const { defaultBaseUrl, keyVariable = '', requires } = preset;
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
      return apiKey === undefined ? provider : withKey(provider, preset, apiKey);
    }
    const reason = this.#hostPolicy.checkHost(address);
    if (reason !== undefined) return problem('custom_host', reason);
    return { ...customProvider(kind, toBaseUrl(address, kind), apiKey), isPublicHostOnly: true };
  }

  /** The operator may have given a name to a provider that we know something else by. */
  #named(asked: string): Named {
    // Portkey's users write `@openai`.
    const name = asked.startsWith('@') ? asked.slice(1) : asked;
    const preset = presets.find((each) => each.name === name || each.alias === name);
    return { provider: this.#configured.get(name) ?? this.#configured.get(preset?.name ?? ''), preset };
  }

  #unknown(name: string): ProviderProblem {
    const known = new Set([...this.#configured.keys(), ...presets.map((preset) => preset.name)]);
    const said = safeToEcho.test(name) ? `${quote(name)} ` : '';
    return problem('provider', `${said}is not known; there are ${[...known].sort().join(', ')}`);
  }
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
