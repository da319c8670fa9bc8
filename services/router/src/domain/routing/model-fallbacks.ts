import type { AvailableTarget } from './available-target.ts';
import type { CompiledConfig, RoutingNode, Target } from './compiled-config.ts';
import type { ModelFallbackCode } from './fallback-policy.ts';

interface FailedModel {
  /** Undefined where no target was available. */
  readonly failed: Pick<AvailableTarget, 'provider' | 'model'> | undefined;
  readonly requestedModel: string;
}

/**
 * The targets of the fallback models that a config names for such a failure: by the name of the model that failed, else by
 * that of the requested model, else those for every model (`*`).
 */
export function modelFallbackTargets(
  code: ModelFallbackCode,
  config: CompiledConfig,
  { failed, requestedModel }: FailedModel,
): Target[] {
  const fallbacks = fallbacksFor(code, config);
  const names = failed ? [failed.model.id, `${failed.provider.name}/${failed.model.id}`] : [];
  const name = [...names, requestedModel, '*'].find((known) => fallbacks.has(known));
  return (fallbacks.get(name ?? '') ?? []).map((model) => targetFor(model, config.root));
}

function fallbacksFor(
  code: ModelFallbackCode,
  config: CompiledConfig,
): CompiledConfig['contextWindowFallbacks'] {
  switch (code) {
    case 'context_length_exceeded':
      return config.contextWindowFallbacks;
    case 'content_policy_violation':
      return config.contentPolicyFallbacks;
  }
}

/** A target for one model, whose name decides on the provider. It has the policy of the config's first target. */
function targetFor(model: string, root: RoutingNode): Target {
  const first = firstTarget(root);
  return {
    ...first,
    path: `fallback ${model}`,
    indexes: [],
    name: undefined,
    provider: undefined,
    credential: undefined,
    param: '',
    overrides: { ...first.overrides, model },
  };
}

function firstTarget(node: RoutingNode): Target {
  if (node.kind === 'target') return node;
  const [first] = node.children;
  if (!first) throw new Error(`The group ${node.path} has no targets.`);
  return firstTarget(first);
}
