import type { RoutingAccess } from '@weir/contracts/access-policy';
import { compileNamePattern, type NamePattern } from '@weir/service-kit/name-pattern';
import { matchesHost, parseHostPattern } from '@weir/service-kit/outbound/host-pattern';
import type { Provider } from '../provider.ts';

/** What the policies of a caller's key and organisation let through: a pattern of each of the lists has to match. */
export interface AccessRules {
  readonly models: readonly NameList[];
  readonly providers: readonly NameList[];
  readonly customHosts: readonly ((url: URL) => boolean)[];
}

/** Whether a pattern of a list matches one of the names of a thing. */
type NameList = (names: readonly string[]) => boolean;

/** What a request is about to use. */
export interface Use {
  readonly provider: Provider;
  /** The model's name at the provider. */
  readonly model: string;
  /** Further models that the provider may choose by itself, as OpenRouter's parameter `models` names them. */
  readonly furtherModels: unknown;
  /** The name that the caller asked for, where a config of the operator's has made something else of it. */
  readonly askedModel: string | undefined;
  /** Whether the request has brought the config, and with it the host. */
  readonly isOfRequest: boolean;
}

export type Forbidden = 'model' | 'provider' | 'custom_host';

export function compileAccess({ models, providers, customHosts }: RoutingAccess): AccessRules {
  return {
    models: (models ?? []).map(compileNames),
    providers: (providers ?? []).map(compileNames),
    customHosts: (customHosts ?? []).map(compileHosts),
  };
}

/** What of it is not allowed; undefined where all of it is. */
export function findForbidden(rules: AccessRules, use: Use): Forbidden | undefined {
  const { provider, isOfRequest } = use;
  if (!rules.providers.every((list) => list([provider.name]))) return 'provider';
  if (!rules.models.every((list) => allowsModels(list, use))) return 'model';
  if (isOfRequest && provider.isPublicHostOnly && rules.customHosts.length > 0) {
    const url = new URL(provider.baseUrl);
    if (!rules.customHosts.every((list) => list(url))) return 'custom_host';
  }
  return undefined;
}

function allowsModels(list: NameList, { provider, model, furtherModels, askedModel }: Use): boolean {
  const allows = (name: string) => list(namesOf(provider, name));
  const isAllowed = allows(model) || (askedModel !== undefined && list([askedModel]));
  if (!isAllowed || furtherModels === undefined || furtherModels === null) return isAllowed;
  // What the provider makes of anything else is not known.
  return (
    Array.isArray(furtherModels) && furtherModels.every((name) => typeof name === 'string' && allows(name))
  );
}

function namesOf({ name }: Provider, model: string): string[] {
  return [model, `${name}/${model}`];
}

function compileNames(patterns: readonly string[]): NameList {
  const compiled: NamePattern[] = patterns.map(compileNamePattern);
  return (names) => compiled.some((matches) => names.some(matches));
}

/** What is no pattern of hosts matches none. */
function compileHosts(patterns: readonly string[]): (url: URL) => boolean {
  if (patterns.includes('*')) return () => true;
  const compiled = patterns.flatMap((pattern) => parseHostPattern(pattern) ?? []);
  return (url) => compiled.some((pattern) => matchesHost(pattern, url));
}
