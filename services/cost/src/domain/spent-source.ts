import type { Scope } from '@weir/contracts/cost/limits';

/** What a counter counts: the usage of a scope and some models, that began within a time. */
export interface SpentQuery {
  readonly scope: Scope;
  /** A pattern of `model` or `provider/model`. */
  readonly model: string;
  readonly unit: 'usd' | 'requests' | 'tokens';
  /** Unix times in milliseconds: from the first, up to and without the second. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Where the sum of each so long a part of the time is wanted: its index is `floor(time / bucketMs)`. */
  readonly bucketMs?: number;
}

export interface Spent {
  /** The JetStream sequence up to which every usage event is in `used`, and beyond which none is. */
  readonly throughSequence: number;
  /** When the stream was made: in another stream the sequences mean nothing. */
  readonly streamCreatedAt: string;
  /** Nano-USD, requests or tokens, by the index of the part; by 0 where there are no parts. */
  readonly used: ReadonlyMap<number, number>;
}

/** The ledger as the source of what has been used, for counters that Redis does not have (any more). */
export interface SpentSource {
  /** Rejects with `service_unavailable` where the ledger is away, or has not entered all that was in the stream in time. */
  read(query: SpentQuery): Promise<Spent>;
}
