import type { Picker } from './order.ts';
import type { Group, Node } from './target.ts';

/** A group on the way to the target that was given last. What stands outside of all groups has none. */
export class Step {
  readonly group: Group | undefined;
  readonly #picker: Picker;
  /** Children that were looked at before they were due. */
  readonly #ahead: Node[] = [];

  constructor(group: Group | undefined, picker: Picker) {
    this.group = group;
    this.#picker = picker;
  }

  /** The next child; undefined after the last. */
  pick(): Node | undefined {
    return this.#ahead.shift() ?? this.#picker();
  }

  /** Whether one that is still to come satisfies the condition. */
  has(condition: (node: Node) => boolean): boolean {
    if (this.#ahead.some(condition)) return true;
    for (let node = this.#picker(); node; node = this.#picker()) {
      this.#ahead.push(node);
      if (condition(node)) return true;
    }
    return false;
  }
}
