import type { Query } from '@weir/contracts/routing/condition';
import type { RoutingConfig, RoutingTarget } from '@weir/contracts/routing/config';
import { Fault } from '@weir/service-kit/fault';
import { safeParse, pathText, schemaFault } from '@weir/service-kit/schema-fault';
import { defaultPolicy, toPolicy, type ConfigOwner } from './compile-policy.ts';
import type { CompiledConfig, Group, RoutingNode, Target, TargetPolicy } from './compiled-config.ts';
import { compileQuery } from './condition.ts';
import { overridesSchema, type Overrides } from './overrides.ts';
import { InvalidPattern, PatternCompiler } from './pattern.ts';
import type { ProviderFinder } from './provider-finder.ts';

type Path = readonly (string | number)[];

interface Inherited {
  readonly policy: TargetPolicy;
  readonly overrides: Overrides;
  readonly aliases: Aliases;
  readonly owner: ConfigOwner;
  readonly patterns: PatternCompiler;
  /** Every target that depends on the tenant is added to these. */
  readonly tenantTargets: Target[];
}

type Aliases = ReadonlyMap<string, string>;

/** How a caller wants its answer is agreed with it, its words are its own, and a key is no parameter. */
const fixedParams = ['stream', 'messages', 'api_key'];

/** Of one that nobody has stored and no request has brought: the router's own. */
const nobody: ConfigOwner = { id: '', isStored: true };

/** Makes a config ready to choose by. Throws `invalid_config`, whose `param` is the path of what is wrong. */
export function compileConfig(config: RoutingConfig, finder: ProviderFinder, owner = nobody): CompiledConfig {
  const aliases = new Map(Object.entries(config.model_aliases ?? {}));
  const patterns = new PatternCompiler();
  const tenantTargets: Target[] = [];
  const inherited = { policy: defaultPolicy, overrides: {}, aliases, owner, patterns, tenantTargets };
  const { hedge, mirror } = config;
  return {
    root: compileNode(config, [], [], inherited, finder),
    isStored: owner.isStored,
    tenantTargets,
    onStreamFailure: config.on_stream_failure ?? 'error',
    hedge: hedge && { percentile: hedge.percentile, delayMs: hedge.delay_ms },
    mirror: mirror && {
      target: compileTarget(mirror, ['mirror'], [], inherited, finder),
      share: mirror.share,
    },
    modelAliases: aliases,
    contextWindowFallbacks: toFallbacks(config.context_window_fallbacks, aliases),
    contentPolicyFallbacks: toFallbacks(config.content_policy_fallbacks, aliases),
    guardrails: toGuardrails(config),
    warnings: findIgnoredFields(config),
  };
}

function toGuardrails({ input_guardrails: input = [], output_guardrails: output = [] }: RoutingConfig) {
  return input.length + output.length > 0 ? { input, output } : undefined;
}

function compileNode(
  node: RoutingTarget,
  path: Path,
  indexes: readonly number[],
  above: Inherited,
  finder: ProviderFinder,
): RoutingNode {
  if (!node.targets || !node.strategy) return compileTarget(node, path, indexes, above, finder);
  const inherited = inherit(node, path, above);
  const children = node.targets.map((child, index) =>
    compileNode(child, [...path, 'targets', index], [...indexes, index], inherited, finder),
  );
  return compileGroup(node, node.strategy, children, path, above.patterns);
}

function compileGroup(
  node: RoutingTarget,
  strategy: NonNullable<RoutingTarget['strategy']>,
  children: RoutingNode[],
  path: Path,
  patterns: PatternCompiler,
): Group {
  const { mode, conditions = [], sticky_session: sticky } = strategy;
  const statusCodes = strategy.on_status_codes ?? node.on_status_codes;
  const indexOf = (name: string) => children.findIndex((child) => child.name === name);
  return {
    kind: 'group',
    path: pathText(path) || 'config',
    name: node.name,
    mode,
    children,
    onStatusCodes: statusCodes && new Set(statusCodes),
    conditions: conditions.map(({ query, then }, index) => ({
      holds: compileCondition(query, [...path, 'strategy', 'conditions', index, 'query'], patterns),
      then: indexOf(then),
    })),
    otherwise: strategy.default === undefined ? undefined : indexOf(strategy.default),
    sticky: sticky && { fields: sticky.hash_fields, ttlMs: sticky.ttl && sticky.ttl * 1_000 },
    weight: node.weight ?? 1,
  };
}

function compileTarget(
  node: RoutingTarget,
  path: Path,
  indexes: readonly number[],
  above: Inherited,
  finder: ProviderFinder,
): Target {
  const { policy, overrides } = inherit(node, path, above);
  const target: Target = {
    kind: 'target',
    path: pathText(path) || 'config',
    indexes,
    name: node.name,
    ...findProvider(node, path, finder),
    overrides,
    weight: node.weight ?? 1,
    policy,
  };
  if (target.credential || target.provider?.needsStoredCredential) above.tenantTargets.push(target);
  return target;
}

type FoundProvider = Pick<Target, 'provider' | 'credential' | 'param'>;

function findProvider(node: RoutingTarget, path: Path, finder: ProviderFinder): FoundProvider {
  const { provider, credential, virtual_key, api_key: apiKey, custom_host: customHost } = node;
  const name = credential ?? virtual_key;
  const field = credential === undefined ? 'virtual_key' : 'credential';
  // A stored key never goes with these: the name is a provider's.
  const isProviderName = apiKey !== undefined || customHost !== undefined;
  if (name !== undefined && !isProviderName) return findNamed(name, provider, [...path, field], path, finder);
  const said = provider ?? name;
  if (said === undefined && !isProviderName) return { provider: undefined, credential: undefined, param: '' };
  const param = [...path, provider === undefined ? field : 'provider'];
  const found = finder.find({ provider: said, apiKey, customHost });
  if (!('field' in found)) return { provider: found, credential: undefined, param: pathText(param) };
  throw invalid(found.field === 'provider' ? param : [...path, found.field], found.message);
}

/** Of a credential's name, which may be a provider's. */
function findNamed(
  name: string,
  provider: string | undefined,
  field: Path,
  path: Path,
  finder: ProviderFinder,
): FoundProvider {
  const named = finder.find({ provider: name });
  const beside = provider === undefined ? undefined : finder.find({ provider });
  if (beside && 'field' in beside) throw invalid([...path, 'provider'], beside.message);
  const known = 'field' in named ? undefined : named;
  return {
    provider: beside ?? known,
    credential: {
      name,
      besideProvider: beside?.name,
      isProviderName: known !== undefined && (!beside || beside === known),
      unknown: 'field' in named ? named.message : 'is not a credential for the "provider" beside it',
    },
    param: pathText(field),
  };
}

function inherit(node: RoutingTarget, path: Path, above: Inherited): Inherited {
  const own = readOverrides(node.override_params, [...path, 'override_params']);
  const model = own.model === undefined ? undefined : withoutAlias(own.model, above.aliases);
  const overrides = { ...above.overrides, ...own, ...(model !== undefined && { model }) };
  return { ...above, policy: toPolicy(node, above.policy, above.owner), overrides };
}

function readOverrides(said: RoutingTarget['override_params'], path: Path): Overrides {
  if (!said) return {};
  const fixed = fixedParams.find((name) => Object.hasOwn(said, name));
  if (fixed !== undefined) throw invalid([...path, fixed], 'cannot be overridden');
  const parsed = safeParse(overridesSchema, said);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue) issue.path.unshift(...path);
  throw schemaFault(parsed.error, { code: 'invalid_config' });
}

function compileCondition(query: Query, path: Path, patterns: PatternCompiler) {
  try {
    return compileQuery(query, patterns);
  } catch (thrown) {
    if (thrown instanceof InvalidPattern) throw invalid(path, `holds a $regex that ${thrown.message}`);
    throw thrown;
  }
}

function invalid(path: Path, message: string): Fault {
  const param = pathText(path);
  return new Fault('invalid_config', { message: `${param} ${message}.`, param });
}

function withoutAlias(model: string, aliases: Aliases): string {
  return aliases.get(model) ?? model;
}

/** Aliases may stand wherever a model may. */
function toFallbacks(
  fallbacks: Readonly<Record<string, readonly string[]>> | undefined,
  aliases: Aliases,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(fallbacks ?? {}).map(([model, names]) => [
      withoutAlias(model, aliases),
      names.map((name) => withoutAlias(name, aliases)),
    ]),
  );
}

/** What is understood and has no effect: said, not ignored. */
export function findIgnoredFields(node: RoutingTarget, path: readonly (string | number)[] = []): string[] {
  // The ingress reads the config's own `cache`: one entry answers a request, whichever target would have.
  const fields = path.length === 0 ? (['forward_headers'] as const) : (['cache', 'forward_headers'] as const);
  const idle = fields.filter((field) => node[field] !== undefined);
  return [
    ...idle.map((field) => `${pathText([...path, field])} has no effect`),
    ...(node.targets ?? []).flatMap((child, index) => findIgnoredFields(child, [...path, 'targets', index])),
  ];
}
