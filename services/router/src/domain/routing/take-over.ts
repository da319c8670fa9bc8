import type { FaultCode } from '@weir/contracts/faults';
import type { Candidate } from './candidate.ts';
import type { CompiledConfig } from './compiled-config.ts';
import type { Node, Target } from './target.ts';

/** Failures for which a config may name other models. */
export type TakenOver = Extract<FaultCode, 'context_length_exceeded' | 'content_policy_violation'>;

export function isTakenOver(code: FaultCode): code is TakenOver {
  return code === 'context_length_exceeded' || code === 'content_policy_violation';
}

/**
 * The targets that the config names for such a failure: by the name of the model that failed, else by that of the model
 * which was asked for, else for every model.
 */
export function targetsTakingOver(
  code: TakenOver,
  config: CompiledConfig,
  { failed, asked }: { failed: Pick<Candidate, 'provider' | 'model'> | undefined; asked: string },
): Target[] {
  const { contextWindowFallbacks, contentPolicyFallbacks } = config;
  const fallbacks = code === 'context_length_exceeded' ? contextWindowFallbacks : contentPolicyFallbacks;
  const names = failed ? [failed.model.id, `${failed.provider.name}/${failed.model.id}`] : [];
  const name = [...names, asked, '*'].find((known) => fallbacks.has(known));
  return (fallbacks.get(name ?? '') ?? []).map((model) => targetFor(model, config.root));
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
