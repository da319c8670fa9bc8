import type { RoutingStrategy } from '@weir/contracts/routing/config';
import type { AvailableTarget } from './available-target.ts';
import { cheapestFirst, leastBusy, powerOfTwoChoices } from './choose.ts';
import type { Group, RoutingNode } from './compiled-config.ts';
import type { RequestFields } from '@weir/service-kit/request-fields';
import { inOrder, type Picker } from './group-cursor.ts';
import { stickyKey, stickyOrder } from './sticky.ts';
import type { WeightedRoundRobin } from './weighted-round-robin.ts';

/** All that the order of a group's children depends on. */
export interface StrategyView {
  readonly fields: RequestFields;
  readonly nowMs: number;
  readonly random: () => number;
  /** Whether a target at or below the node is available. */
  readonly hasAvailable: (node: RoutingNode) => boolean;
  /** The available targets at or below the node. */
  readonly availableBelow: (node: RoutingNode) => readonly AvailableTarget[];
  readonly roundRobinOf: (group: Group) => Pick<WeightedRoundRobin, 'next'>;
  /** The wait to expect of the target: see `Load.cost`. */
  readonly latencyOf: (target: AvailableTarget) => number;
  readonly inFlightOf: (target: AvailableTarget) => number;
  /** In nano-USD; undefined where no price is known. */
  readonly priceOf: (target: AvailableTarget) => number | undefined;
}

type Nodes = readonly RoutingNode[];

interface Strategy {
  /** The children that the request may be sent to at all. */
  readonly reachable: (group: Group, fields: RequestFields) => Nodes;
  /** Gives these children in the order in which they are tried. */
  readonly pickerOf: (nodes: Nodes, group: Group, view: StrategyView) => Picker;
}

/** A strategy is one entry here. The modes are those of the config's schema: without an entry for each this does not compile. */
const strategies: Readonly<Record<RoutingStrategy['mode'], Strategy>> = {
  single: { reachable: ({ children }) => children.slice(0, 1), pickerOf: inOrder },
  fallback: { reachable: allChildren, pickerOf: inOrder },
  conditional: { reachable: byCondition, pickerOf: inOrder },
  loadbalance: { reachable: withWeight, pickerOf: availableFirst(oneByOne(byWeight)) },
  latency: { reachable: allChildren, pickerOf: availableFirst(oneByOne(byLatency)) },
  least_busy: { reachable: allChildren, pickerOf: availableFirst(oneByOne(byInFlight)) },
  cost: { reachable: allChildren, pickerOf: availableFirst(byPrice) },
};

export function pickerFor(group: Group, view: StrategyView): Picker {
  return strategies[group.mode].pickerOf(reachableIn(group, view.fields), group, view);
}

export function reachableIn(group: Group, fields: RequestFields): Nodes {
  return strategies[group.mode].reachable(group, fields);
}

function allChildren({ children }: Group): Nodes {
  return children;
}

function byCondition({ children, conditions, otherwise }: Group, fields: RequestFields): Nodes {
  const index = conditions.find(({ holds }) => holds(fields))?.then ?? otherwise;
  return children.filter((_child, at) => at === index);
}

function withWeight({ children }: Group): Nodes {
  const hasWeight = ({ weight }: RoutingNode) => weight > 0;
  return children.every(hasWeight) ? children : children.filter(hasWeight);
}

/** Children without an available target come last, in the group's order, so that it is known why each was passed over. */
function availableFirst(pickerOf: Strategy['pickerOf']): Strategy['pickerOf'] {
  return (nodes, group, view) => {
    const available: RoutingNode[] = [];
    const unavailable: RoutingNode[] = [];
    for (const node of nodes) (view.hasAvailable(node) ? available : unavailable).push(node);
    const pickAvailable = pickerOf(available, group, view);
    const pickUnavailable = inOrder(unavailable);
    return () => pickAvailable() ?? pickUnavailable();
  };
}

/** Gives the index of one of several available children. */
type Chooser = (nodes: Nodes) => number;

/** Chooses anew among the children that are left, each time. */
function oneByOne(chooserOf: (group: Group, view: StrategyView) => Chooser): Strategy['pickerOf'] {
  return (nodes, group, view) => {
    let left = nodes;
    const choose = chooserOf(group, view);
    return () => {
      if (left.length === 0) return undefined;
      const chosen = left[choose(left)];
      left = left.filter((node) => node !== chosen);
      return chosen;
    };
  };
}

function byPrice(nodes: Nodes, _group: Group, view: StrategyView): Picker {
  const prices = nodes.map((node) => lowest(node, view, view.priceOf));
  return inOrder(cheapestFirst(prices).flatMap((index) => nodes[index] ?? []));
}

function byLatency(_group: Group, view: StrategyView): Chooser {
  return (nodes) => {
    const cost = (index: number) => (nodes[index] && lowest(nodes[index], view, view.latencyOf)) ?? 0;
    return powerOfTwoChoices(nodes.length, cost, view.random);
  };
}

function byInFlight(_group: Group, view: StrategyView): Chooser {
  return (nodes) => {
    const inFlight = nodes.map((node) => lowest(node, view, view.inFlightOf) ?? 0);
    return leastBusy(inFlight, view.random);
  };
}

/** By weighted round robin, or by the client's sticky session. */
function byWeight(group: Group, view: StrategyView): Chooser {
  const { sticky } = group;
  const key = sticky && stickyKey(view.fields, sticky.fields, sticky.ttlMs, view.nowMs);
  return key === undefined ? byRoundRobin(group, view) : byStickyKey(key);
}

function byStickyKey(key: string): Chooser {
  return (nodes) => {
    const weights = nodes.map(({ weight }) => weight);
    const paths = nodes.map(({ path }) => path);
    return stickyOrder(key, weights, paths)[0] ?? 0;
  };
}

/** Only the first choice for a request takes a turn. A child that is tried after a failure is drawn by its weight. */
function byRoundRobin(group: Group, view: StrategyView): Chooser {
  let isFirst = true;
  return (nodes) => {
    if (!isFirst) return drawByWeight(nodes, view.random);
    isFirst = false;
    const weights = group.children.map((child) => (nodes.includes(child) ? child.weight : 0));
    const turn = group.children[view.roundRobinOf(group).next(weights, view.random)];
    return turn ? nodes.indexOf(turn) : 0;
  };
}

function drawByWeight(nodes: Nodes, random: () => number): number {
  let mark = random() * nodes.reduce((sum, { weight }) => sum + weight, 0);
  const index = nodes.findIndex(({ weight }) => (mark -= weight) < 0);
  return index === -1 ? nodes.length - 1 : index;
}

/** A group counts with the best of its targets. */
function lowest(
  node: RoutingNode,
  view: StrategyView,
  measure: (target: AvailableTarget) => number | undefined,
): number | undefined {
  let best: number | undefined;
  for (const target of view.availableBelow(node)) {
    const value = measure(target);
    if (value !== undefined && (best === undefined || value < best)) best = value;
  }
  return best;
}
