import type { Group, RoutingNode } from './compiled-config.ts';

/** Gives a group's children one after the other, each chosen only when it is due; undefined after the last. */
export type Picker = () => RoutingNode | undefined;

export function inOrder(nodes: readonly RoutingNode[]): Picker {
  let next = 0;
  return () => nodes[next++];
}

/** A position among the children of a group, on the path to the current target. Outside of all groups `group` is undefined. */
export class GroupCursor {
  readonly group: Group | undefined;
  readonly #picker: Picker;
  /** Children that {@link hasNext} has picked ahead of their turn. */
  readonly #ahead: RoutingNode[] = [];

  constructor(group: Group | undefined, picker: Picker) {
    this.group = group;
    this.#picker = picker;
  }

  /** The next child; undefined after the last. */
  next(): RoutingNode | undefined {
    return this.#ahead.shift() ?? this.#picker();
  }

  /** Whether a child that is still to come satisfies the condition. */
  hasNext(condition: (node: RoutingNode) => boolean): boolean {
    if (this.#ahead.some(condition)) return true;
    for (let node = this.#picker(); node; node = this.#picker()) {
      this.#ahead.push(node);
      if (condition(node)) return true;
    }
    return false;
  }
}
