import type { RoutingTarget } from '@weir/contracts/routing/config';
import { pathText } from '@weir/service-kit/schema-fault';

/** What is understood and has no effect: said, not ignored. */
export function findIdle(node: RoutingTarget, path: readonly (string | number)[] = []): string[] {
  const idle = (['cache', 'forward_headers'] as const).filter((field) => node[field] !== undefined);
  return [
    ...idle.map((field) => `${pathText([...path, field])} has no effect`),
    ...(node.targets ?? []).flatMap((child, index) => findIdle(child, [...path, 'targets', index])),
  ];
}
