import type { Candidate } from './candidate.ts';
import { cheapestFirst, leastBusy, twoRandomChoices } from './choose.ts';
import type { RequestFields } from './condition.ts';
import { stickyKey, stickyOrder } from './sticky.ts';
import type { Group, Node } from './target.ts';
import type { WeightedRotation } from './weighted-rotation.ts';

/** What the order of a group's children is decided by. */
export interface OrderView {
  readonly fields: RequestFields;
  readonly nowMs: number;
  readonly random: () => number;
  /** Whether there is a target at or below a node that can take the request now. */
  readonly isAble: (node: Node) => boolean;
  /** Those targets. */
  readonly candidatesBelow: (node: Node) => readonly Candidate[];
  readonly rotationOf: (group: Group) => Pick<WeightedRotation, 'next'>;
  /** What the candidate would cost in time: see `Load.cost`. */
  readonly latencyOf: (candidate: Candidate) => number;
  readonly inFlightOf: (candidate: Candidate) => number;
  /** In nano-USD; undefined where no price is known. */
  readonly priceOf: (candidate: Candidate) => number | undefined;
}

/** Gives a group's children one after the other, each decided on only when it is due; undefined after the last. */
export type Picker = () => Node | undefined;

export function pickerFor(group: Group, view: OrderView): Picker {
  const reachable = reachableIn(group, view.fields);
  return isBalanced(group) ? balanced(group, reachable, view) : inTurn(reachable);
}

/** The children that may be asked at all, for this request. */
export function reachableIn(group: Group, fields: RequestFields): readonly Node[] {
  const { children, conditions, mode, otherwise } = group;
  switch (mode) {
    case 'single':
      return children.slice(0, 1);
    case 'conditional': {
      const index = conditions.find(({ holds }) => holds(fields))?.then ?? otherwise;
      return children.filter((_child, at) => at === index);
    }
    case 'loadbalance':
      return children.every(({ weight }) => weight > 0)
        ? children
        : children.filter(({ weight }) => weight > 0);
    case 'fallback':
    case 'latency':
    case 'cost':
    case 'least_busy':
      return children;
  }
}

function isBalanced({ mode }: Group): boolean {
  return mode === 'loadbalance' || mode === 'latency' || mode === 'cost' || mode === 'least_busy';
}

export function inTurn(nodes: readonly Node[]): Picker {
  let next = 0;
  return () => nodes[next++];
}

/** Those that can take the request come first; the others follow, so that it is known why they were passed over. */
function balanced(group: Group, children: readonly Node[], view: OrderView): Picker {
  const able: Node[] = [];
  const unable: Node[] = [];
  for (const child of children) (view.isAble(child) ? able : unable).push(child);
  const pickAble = group.mode === 'cost' ? inTurn(byPrice(able, view)) : oneByOne(able, group, view);
  const pickUnable = inTurn(unable);
  return () => pickAble() ?? pickUnable();
}

function byPrice(nodes: readonly Node[], view: OrderView): Node[] {
  const prices = nodes.map((node) => lowest(node, view, view.priceOf));
  return cheapestFirst(prices).flatMap((index) => nodes[index] ?? []);
}

/** Chooses again and again among those that are left. */
function oneByOne(nodes: readonly Node[], group: Group, view: OrderView): Picker {
  let left = nodes;
  const choose = chooserOf(group, view);
  return () => {
    if (left.length === 0) return undefined;
    const chosen = left[choose(left)];
    left = left.filter((node) => node !== chosen);
    return chosen;
  };
}

/** How one of several children is chosen; all of them can take the request. */
function chooserOf(group: Group, view: OrderView): (nodes: readonly Node[]) => number {
  if (group.mode === 'loadbalance') return byWeight(group, view);
  return group.mode === 'latency' ? byLatency(view) : byLoad(view);
}

function byLatency(view: OrderView): (nodes: readonly Node[]) => number {
  return (nodes) => {
    const cost = (index: number) => (nodes[index] && lowest(nodes[index], view, view.latencyOf)) ?? 0;
    return twoRandomChoices(nodes.length, cost, view.random);
  };
}

function byLoad(view: OrderView): (nodes: readonly Node[]) => number {
  return (nodes) => {
    const inFlight = nodes.map((node) => lowest(node, view, view.inFlightOf) ?? 0);
    return leastBusy(inFlight, view.random);
  };
}

/** By their turns, or as the caller sticks to one. */
function byWeight(group: Group, view: OrderView): (nodes: readonly Node[]) => number {
  const { sticky } = group;
  const key = sticky && stickyKey(view.fields, sticky.fields, sticky.ttlMs, view.nowMs);
  return key === undefined ? byTurn(group, view) : byCaller(key);
}

function byCaller(key: string): (nodes: readonly Node[]) => number {
  return (nodes) => {
    const weights = nodes.map(({ weight }) => weight);
    const paths = nodes.map(({ path }) => path);
    return stickyOrder(key, weights, paths)[0] ?? 0;
  };
}

/** Turns are for first choices: whoever takes over for one that failed is drawn, and pays for it with no turn. */
function byTurn(group: Group, view: OrderView): (nodes: readonly Node[]) => number {
  let isFirst = true;
  return (nodes) => {
    if (!isFirst) return drawByWeight(nodes, view.random);
    isFirst = false;
    const weights = group.children.map((child) => (nodes.includes(child) ? child.weight : 0));
    const turn = group.children[view.rotationOf(group).next(weights, view.random)];
    return turn ? nodes.indexOf(turn) : 0;
  };
}

function drawByWeight(nodes: readonly Node[], random: () => number): number {
  let mark = random() * nodes.reduce((sum, { weight }) => sum + weight, 0);
  const index = nodes.findIndex(({ weight }) => (mark -= weight) < 0);
  return index === -1 ? nodes.length - 1 : index;
}

/** A group is as good as the best of its targets. */
function lowest(
  node: Node,
  view: OrderView,
  measure: (candidate: Candidate) => number | undefined,
): number | undefined {
  let best: number | undefined;
  for (const candidate of view.candidatesBelow(node)) {
    const value = measure(candidate);
    if (value !== undefined && (best === undefined || value < best)) best = value;
  }
  return best;
}
