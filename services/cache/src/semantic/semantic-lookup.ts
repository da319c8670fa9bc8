import type { StoreTicket } from '@weir/contracts/cache/lookup';
import type { CacheRequest } from '../cache-request.ts';
import type { Entry } from '../entries/entry.ts';
import type { NewEntry } from '../entries/entry-store.ts';

/** A request that the semantic tier takes: what is asked, and among which questions an answer is looked for. */
export interface SemanticQuestion {
  readonly partition: string;
  readonly question: string;
}

export type Compared = NonNullable<NonNullable<StoreTicket['semantic']>['compared']>;

export type SemanticFinding =
  | { readonly kind: 'hit'; readonly entry: Entry; readonly similarity: number }
  /** `compared`: the entry that might have answered, and is held against the answer that comes. */
  | { readonly kind: 'none'; readonly compared?: Compared };

/** The semantic tier, as look-ups and stores need it. Nothing of it throws or rejects, or takes longer than its time. */
export interface SemanticLookup {
  /** Undefined where the tier does not take the request. */
  read(request: CacheRequest): SemanticQuestion | undefined;
  find(request: CacheRequest, question: SemanticQuestion): Promise<SemanticFinding>;
  /** An answer was kept: its question is known from now on, and what it was to be compared with is. Nobody waits for it. */
  kept(ticket: StoreTicket, meta: NewEntry, completion: string): void;
}
