import type { ModelPrice, StoredPrice } from '@weir/contracts/cost/prices';

/** A provider, as far as its prices depend on it. The same object stands for the same provider: what is found is kept by it. */
export interface PricedProvider {
  readonly name: string;
  readonly baseUrl: string;
  /** Whether it is the operator's, as Ollama, and costs nothing where nobody says otherwise. */
  readonly isOwnHost: boolean;
}

/** A bucket's copy, as far as it is followed. */
export interface PriceStore {
  watch(listener: (key: string, entry: { readonly value: StoredPrice } | undefined) => void): void;
}

/** What models cost. */
export class PriceBook {
  /** The price that holds at that time; undefined where there is none, which is not 0. */
  find(_provider: PricedProvider, _modelId: string, _atMs: number): ModelPrice | undefined {
    return undefined;
  }

  follow(_store: PriceStore): void {
    // Filled in by the next commit.
  }
}
