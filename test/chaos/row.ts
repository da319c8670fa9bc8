import type { Question } from '../helpers/ask.ts';
import type { Stand, StandOptions } from './stand.ts';

/** What every row of the page has. */
interface RowText {
  /** As `--only` takes it: `<kind>.<what>`. */
  readonly name: string;
  /** The part that suffers, in the page's words. */
  readonly part: string;
  /** What is done to it, and for how long where that matters. */
  readonly done: string;
  /** Why it cannot be tried on this machine; nothing where it can. */
  readonly unavailable?: () => string | undefined;
}

export interface Bounds {
  /** The share of requests that may fail while the harm lasts; 1 where nothing can be served meanwhile. */
  readonly failedShare: number;
  /** After which, from the beginning of the harm, no request fails any more. */
  readonly failuresEndWithinMs?: number;
  /** After which, from the end of the harm, no request fails any more. */
  readonly recoversWithinMs: number;
  /** The longest that a caller may wait; its deadline unless given. */
  readonly longestWaitMs?: number;
  /** For how long no ingress at all may be ready. */
  readonly allNotReadyMs?: number;
  /** The codes that a caller may be told. */
  readonly codes?: readonly string[];
}

/** Harm that is done to a running gateway under load, and taken back. */
export interface LoadRow extends RowText {
  readonly stand?: StandOptions;
  /** How long the harm lasts; in `npm test` a shorter time. */
  readonly harmMs: number;
  readonly perSecond?: number;
  readonly deadlineMs?: number;
  /** What callers ask with. */
  readonly question?: (stand: Stand) => Promise<Partial<Question>>;
  /** Resolves to what takes it back. */
  readonly harm: (stand: Stand) => Promise<() => Promise<void> | void>;
  /** Looks, while the harm lasts, at whether operators are told of it. Resolves to what is seen, and to what is not and should be. */
  readonly observe?: (stand: Stand) => Promise<Observation>;
  readonly bounds: Bounds;
}

export interface Observation {
  /** For the page, in a few words. */
  readonly seen: string;
  readonly problems: readonly string[];
}

/** A part that cannot start as it should: what is said of that, and how soon. */
export interface StartRow extends RowText {
  readonly start: () => Promise<Observation & { readonly tookMs: number }>;
}

export type ChaosRow = LoadRow | StartRow;

/** An observation that is a problem where the text does not hold one of these. */
export function expectText(text: string, pattern: RegExp, what: string): Observation {
  const found = pattern.exec(text);
  return found
    ? { seen: `${what}: \`${found[0]}\``, problems: [] }
    : { seen: '', problems: [`${what} does not say ${pattern.source}: ${text.slice(0, 600)}`] };
}
