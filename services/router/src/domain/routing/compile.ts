import type { Query } from '@weir/contracts/routing/condition';
import type { RoutingConfig, RoutingTarget } from '@weir/contracts/routing/config';
import { Fault } from '@weir/service-kit/fault';
import { safeParse, pathText, schemaFault } from '@weir/service-kit/schema-fault';
import type { Provider } from '../provider.ts';
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
}

type Aliases = ReadonlyMap<string, string>;

/** How a caller wants its answer is agreed with it, its words are its own, and a key is no parameter. */
const fixedParams = ['stream', 'messages', 'api_key'];

/** Of one that nobody has stored and no request has brought: the router's own. */
const nobody: ConfigOwner = { id: '', isStored: true };

/** Makes a config ready to choose by. Throws `invalid_config`, whose `param` is the path of what is wrong. */
export function compileConfig(config: RoutingConfig, finder: ProviderFinder, owner = nobody): CompiledConfig {
  const aliases = new Map(Object.entries(config.model_aliases ?? {}));
  const inherited = { policy: defaultPolicy, overrides: {}, aliases, owner, patterns: new PatternCompiler() };
  const { hedge, mirror } = config;
  return {
    root: compileNode(config, [], [], inherited, finder),
    onStreamFailure: config.on_stream_failure ?? 'error',
    hedge: hedge && { percentile: hedge.percentile, delayMs: hedge.delay_ms },
    mirror: mirror && {
      target: compileTarget(mirror, ['mirror'], [], inherited, finder),
      share: mirror.share,
    },
    modelAliases: aliases,
    contextWindowFallbacks: toFallbacks(config.context_window_fallbacks, aliases),
    contentPolicyFallbacks: toFallbacks(config.content_policy_fallbacks, aliases),
    warnings: findIgnoredFields(config),
  };
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
  return {
    kind: 'target',
    path: pathText(path) || 'config',
    indexes,
    name: node.name,
    provider: findProvider(node, path, finder),
    overrides,
    weight: node.weight ?? 1,
    policy,
  };
}

function findProvider(node: RoutingTarget, path: Path, finder: ProviderFinder): Provider | undefined {
  const provider = node.provider ?? node.virtual_key;
  const { api_key: apiKey, custom_host: customHost } = node;
  if (provider === undefined && apiKey === undefined && customHost === undefined) return undefined;
  const found = finder.find({ provider, apiKey, customHost });
  if (!('field' in found)) return found;
  const isVirtualKey = found.field === 'provider' && node.virtual_key !== undefined;
  throw invalid([...path, isVirtualKey ? 'virtual_key' : found.field], found.message);
}

function inherit(node: RoutingTarget, path: Path, above: Inherited): Inherited {
  const { aliases, owner, patterns } = above;
  const own = readOverrides(node.override_params, [...path, 'override_params']);
  const model = own.model === undefined ? undefined : withoutAlias(own.model, aliases);
  const overrides = { ...above.overrides, ...own, ...(model !== undefined && { model }) };
  return { policy: toPolicy(node, above.policy, owner), overrides, aliases, owner, patterns };
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
  const idle = (['cache', 'forward_headers'] as const).filter((field) => node[field] !== undefined);
  return [
    ...idle.map((field) => `${pathText([...path, field])} has no effect`),
    ...(node.targets ?? []).flatMap((child, index) => findIgnoredFields(child, [...path, 'targets', index])),
  ];
}
