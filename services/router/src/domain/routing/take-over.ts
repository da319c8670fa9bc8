import type { Failure } from '../failure.ts';
import type { CompiledConfig } from './compiled-config.ts';
import type { Node, Target } from './target.ts';

/** The targets that the config names for a request which is too long for the model asked, or which that one refuses. */
export function targetsTakingOver(failure: Failure, config: CompiledConfig, model: string): Target[] {
  return modelsTakingOver(failure, config, model).map((name) => targetFor(name, config.root));
}

export function modelsTakingOver(
  { fault }: Failure,
  { contextWindowFallbacks, contentPolicyFallbacks }: CompiledConfig,
  model: string,
): readonly string[] {
  const fallbacks =
    fault.code === 'context_length_exceeded'
      ? contextWindowFallbacks
      : fault.code === 'content_policy_violation'
        ? contentPolicyFallbacks
        : undefined;
  return fallbacks?.get(model) ?? fallbacks?.get('*') ?? [];
}

/** A model's own target: its name decides on the provider. Asked as the config's first target is. */
function targetFor(model: string, root: Node): Target {
  const first = firstTarget(root);
  return {
    ...first,
    path: `fallback ${model}`,
    indexes: [],
    name: undefined,
    provider: undefined,
    overrides: { ...first.overrides, model },
  };
}

function firstTarget(node: Node): Target {
  if (node.kind === 'target') return node;
  const [first] = node.children;
  if (!first) throw new Error(`The group ${node.path} has no targets.`);
  return firstTarget(first);
}
