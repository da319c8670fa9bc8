interface ConfigNode {
  name?: string | undefined;
  strategy?:
    | {
        mode: string;
        conditions?: { then: string; query: unknown }[] | undefined;
        default?: string | undefined;
        sticky_session?: object | undefined;
      }
    | undefined;
  targets?: ConfigNode[] | undefined;
  weight?: number | undefined;
  provider?: string | undefined;
  credential?: string | undefined;
  virtual_key?: string | undefined;
  api_key?: string | undefined;
  custom_host?: string | undefined;
}

interface Problem {
  path: (string | number)[];
  message: string;
}

/** What patterns may cost together is bounded where they are compiled: each costs something even where it is small. */
const limits = { depth: 8, nodes: 256, patterns: 16 };

/** What a schema of single fields cannot say: how the parts of a routing config must fit together. */
export function checkTree(root: ConfigNode): Problem[] {
  let nodes = 0;
  let patterns = 0;
  const visit = (node: ConfigNode, path: Problem['path'], depth: number): Problem[] => {
    if (depth > limits.depth) return [{ path, message: `is nested more than ${limits.depth} levels deep` }];
    nodes++;
    patterns += countPatterns(node.strategy?.conditions);
    return [
      ...checkNode(node).map((problem) => ({ ...problem, path: [...path, ...problem.path] })),
      ...(node.targets ?? []).flatMap((target, index) =>
        visit(target, [...path, 'targets', index], depth + 1),
      ),
    ];
  };
  const problems = visit(root, [], 1);
  if (nodes > limits.nodes) {
    problems.push({ path: ['targets'], message: `must not hold more than ${limits.nodes} targets in all` });
  }
  if (patterns > limits.patterns) {
    problems.push({
      path: [],
      message: `must not hold more than ${limits.patterns} patterns ($regex) in all`,
    });
  }
  return problems;
}

function countPatterns(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (count, [name, below]) => count + (name === '$regex' ? 1 : countPatterns(below)),
    0,
  );
}

function checkNode(node: ConfigNode): Problem[] {
  const { strategy, targets } = node;
  const misnamed = checkCredential(node);
  if (misnamed.length > 0) return misnamed;
  if (targets === undefined)
    return strategy ? [{ path: ['targets'], message: 'is required beside "strategy"' }] : [];
  if (strategy === undefined) return [{ path: ['strategy'], message: 'is required beside "targets"' }];
  return [...checkGroup(node), ...checkStrategy(strategy, targets)];
}

/** A stored key goes to its own provider's address, and nowhere that a config names. */
export function checkCredential(asked: ConfigNode): Problem[] {
  if (asked.credential === undefined) return [];
  if (asked.virtual_key !== undefined) {
    return [{ path: ['virtual_key'], message: 'must not stand beside "credential", which means the same' }];
  }
  const other = (['api_key', 'custom_host'] as const).find((field) => asked[field] !== undefined);
  return other === undefined ? [] : [{ path: [other], message: 'must not stand beside "credential"' }];
}

function checkGroup(node: ConfigNode): Problem[] {
  const misplaced = (['provider', 'credential', 'virtual_key', 'api_key', 'custom_host'] as const).filter(
    (field) => node[field] !== undefined,
  );
  return misplaced.map((field) => ({
    path: [field],
    message: 'belongs to a target, and not beside "targets"',
  }));
}

function checkStrategy(strategy: NonNullable<ConfigNode['strategy']>, targets: ConfigNode[]): Problem[] {
  const problems: Problem[] = [];
  const refuse = (path: Problem['path'], message: string) =>
    problems.push({ path: ['strategy', ...path], message });
  const { mode, conditions } = strategy;
  if (mode === 'conditional') {
    if (!conditions) refuse(['conditions'], 'is required for the mode "conditional"');
    const names = new Set(targets.map(({ name }) => name));
    conditions?.forEach(({ then }, index) => {
      if (!names.has(then)) refuse(['conditions', index, 'then'], 'must be the name of one of the targets');
    });
    if (strategy.default !== undefined && !names.has(strategy.default)) {
      refuse(['default'], 'must be the name of one of the targets');
    }
  } else {
    if (conditions) refuse(['conditions'], 'belongs to the mode "conditional" only');
    if (strategy.default !== undefined) refuse(['default'], 'belongs to the mode "conditional" only');
  }
  if (strategy.sticky_session && mode !== 'loadbalance') {
    refuse(['sticky_session'], 'belongs to the mode "loadbalance" only');
  }
  if (mode === 'loadbalance' && targets.every(({ weight }) => weight === 0)) {
    problems.push({ path: ['targets'], message: 'must have a weight above 0, at least one of them' });
  }
  return problems;
}
