/** A state of the automaton: what has been read ends in the beginning of a word that has `depth` symbols. */
export interface State {
  readonly depth: number;
  readonly next: Map<string, State>;
  /** The longest other beginning that what has been read ends in; undefined at the root. */
  fallback: State | undefined;
  /** The words that end here, by their places in the list. */
  readonly words: number[];
  /** The nearest state by fallbacks at which words end. */
  ending: State | undefined;
}

const createState = (depth: number): State => ({
  ...{ depth, next: new Map(), fallback: undefined, words: [], ending: undefined },
});

/** Aho and Corasick's automaton over sequences of symbols. */
export function createAutomaton(words: readonly (readonly string[])[]): State {
  const root = createState(0);
  words.forEach((symbols, index) => {
    let state = root;
    for (const symbol of symbols) {
      const next = state.next.get(symbol) ?? createState(state.depth + 1);
      state.next.set(symbol, next);
      state = next;
    }
    if (state !== root) state.words.push(index);
  });
  const queue = [root];
  for (const state of queue) {
    for (const [symbol, next] of state.next) {
      next.fallback = state.fallback ? step(state.fallback, symbol) : root;
      next.ending = next.fallback.words.length > 0 ? next.fallback : next.fallback.ending;
      queue.push(next);
    }
  }
  return root;
}

/** Where a symbol leads. Over a whole text it takes two steps a symbol at most. */
export function step(state: State, symbol: string): State {
  let from = state;
  for (;;) {
    const next = from.next.get(symbol);
    if (next) return next;
    if (!from.fallback) return from;
    from = from.fallback;
  }
}
