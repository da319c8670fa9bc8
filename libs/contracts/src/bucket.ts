import type { z, ZodType } from 'zod';

/** A JetStream key-value bucket, as data: who keeps something that all replicas must know declares it here. */
export interface Bucket<Value extends ZodType = ZodType> {
  /** `weir-routing-configs`. */
  readonly name: string;
  readonly value: Value;
  /** How many states of a key are kept, the newest included; at most 64. */
  readonly history: number;
  readonly storage: 'file' | 'memory';
  /** What has not been written for so long is gone. */
  readonly maxAgeMs?: number;
  /** Fields in which many keys say the same: a copy keeps equal values of them once. Nobody may change a value in place. */
  readonly sharedFields?: readonly string[];
  /** What would make it larger is refused, deletions included. Without it, it is as large as it gets. */
  readonly maxBytes?: number;
}

export type ValueOf<B extends Bucket> = z.output<B['value']>;

export function bucket<Value extends ZodType>(
  name: string,
  shape: Omit<Bucket<Value>, 'name'>,
): Bucket<Value> {
  return { name: `weir-${name}`, ...shape };
}
