import type { Bucket, ValueOf } from '@weir/contracts/bucket';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';

interface CopyParts<B extends Bucket> {
  readonly bus: Pick<Bus, 'store'>;
  readonly bucket: B;
  readonly clock: Clock;
  readonly onChange?: () => void;
}

/**
 * For how long a copy is still believed that no longer follows its bucket. Where the bus is cut without a word, the copy
 * notices after 4 to 6 seconds: with these 2, and the second that a lookup may take, nothing is believed that has been wrong for 10.
 */
const graceMs = 2_000;

/** How often it is looked whether the copy follows. */
const samplingMs = 500;

/** A copy of a bucket, which is loaded in the background, and whether it can be believed. */
export class BucketCopy<B extends Bucket> {
  readonly #clock: Clock;
  #store: Store<B> | undefined;
  #currentAtMs = -Infinity;

  constructor({ bus, bucket, clock, onChange }: CopyParts<B>) {
    this.#clock = clock;
    // It rejects only where the bus is drained before.
    bus.store(bucket).then(
      (store) => {
        if (onChange) store.watch(onChange);
        this.#store = store;
        this.#look();
      },
      () => undefined,
    );
    clock.every(samplingMs, () => {
      this.#look();
    });
  }

  get isLoaded(): boolean {
    return this.#store !== undefined;
  }

  /** Whether what it says can be acted on. */
  get isUsable(): boolean {
    if (this.#store?.isCurrent) return true;
    return this.#clock.nowMs() - this.#currentAtMs <= graceMs;
  }

  /** Throws `stored_entry_unreadable` where there is a value that cannot be read: that is no reason for a 401. */
  get(key: string): ValueOf<B> | undefined {
    return this.#store?.get(key)?.value;
  }

  #look(): void {
    if (this.#store?.isCurrent) this.#currentAtMs = this.#clock.nowMs();
  }
}
