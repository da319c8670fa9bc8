import type { UnavailableTarget } from './available-target.ts';
import type { RequestFields } from '@weir/service-kit/request-fields';
import { stickyKey } from './sticky.ts';
import type { Group, RoutingNode, Target } from './compiled-config.ts';

/** Why a target has its place in the plan, as a sentence. */
export function explainTarget(target: Target, root: RoutingNode, fields: RequestFields): string {
  if (target.ignoresContextWindow)
    return 'The request seems too long for all, and its model has the largest window.';
  const steps = groupsAbove(target, root).map(({ group, index }) => explainChoice(group, index, fields));
  if (steps.length === 0) return explainAlone(target, root);
  const [first = '', ...rest] = steps;
  return `${[first.charAt(0).toUpperCase() + first.slice(1), ...rest].join('; ')}.`;
}

/** Why a target was passed over, as a sentence. */
export function explainUnavailable({ reason }: UnavailableTarget): string {
  switch (reason.kind) {
    case 'unresolved':
      return reason.fault.message;
    case 'forbidden':
      return {
        model: 'The key may not use this model.',
        provider: 'The key may not use this provider.',
        custom_host: 'The key may not send requests to this host.',
      }[reason.what];
    case 'incapable':
      return {
        images: 'The model takes no images.',
        tools: 'The model takes no tools.',
        context: 'The request seems to be longer than the context window of the model.',
      }[reason.missing];
    case 'unhealthy':
      return `It is left alone until ${new Date(reason.untilMs).toISOString()}, after ${reason.code}.`;
  }
}

function explainAlone(target: Target, root: RoutingNode): string {
  if (target.path !== root.path) return 'Another model takes over, as the fallbacks of the config say.';
  if (target.provider || target.credential) return 'It is the only target.';
  return "The model's name leads to this provider.";
}

function explainChoice(group: Group, index: number, fields: RequestFields): string {
  const child = group.children[index];
  switch (group.mode) {
    case 'single':
      return 'the first target is the one';
    case 'fallback':
      return `it is number ${index + 1} in the order of the fallback`;
    case 'loadbalance': {
      const { sticky } = group;
      if (sticky && stickyKey(fields, sticky.fields, undefined, 0) !== undefined) {
        return 'the caller is kept at one target for as long as that can take its requests';
      }
      const sum = group.children.reduce((total, { weight }) => total + weight, 0);
      const share = ((100 * (child?.weight ?? 0)) / sum).toFixed(1).replace(/\.0$/, '');
      return `its share of the load is ${share}%`;
    }
    case 'conditional': {
      const met = group.conditions.findIndex(({ holds }) => holds(fields));
      return met === -1 ? 'no condition holds, and it is the default' : `condition ${met + 1} holds`;
    }
    case 'latency':
      return 'it is the faster one of two that were drawn at random';
    case 'cost':
      return 'it is the cheapest that is left';
    case 'least_busy':
      return 'it has the fewest requests in flight';
  }
}

function groupsAbove(target: Target, root: RoutingNode): { group: Group; index: number }[] {
  if (root.kind === 'target') return [];
  for (const [index, child] of root.children.entries()) {
    if (child.path === target.path) return [{ group: root, index }];
    const below = groupsAbove(target, child);
    if (below.length > 0) return [{ group: root, index }, ...below];
  }
  return [];
}
