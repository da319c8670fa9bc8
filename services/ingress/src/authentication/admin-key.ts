import { adminKeys, type AdminKeyRecord } from '@weir/contracts/keys/verification';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { BucketCopy } from './bucket-copy.ts';
import type { KeyCopy, KnownKey } from './key-verifier.ts';

/** An admin key, and what it may do. */
export interface AdminKey extends KnownKey {
  readonly scopes: ReadonlySet<string>;
  /** The one that it reaches; without it, all of them. */
  readonly organisation: string | undefined;
  /** Unix time in milliseconds. */
  readonly expiresAtMs: number | undefined;
}

export const createAdminKey = (record: AdminKeyRecord): AdminKey => ({
  secrets: [record],
  verificationKeyId: record.verificationKeyId,
  isSuspended: false,
  scopes: new Set(record.scopes),
  organisation: record.organisation,
  expiresAtMs: record.expiresAtMs,
});

/** The admin keys as the local copy has them. */
export class AdminKeyCopy implements KeyCopy<AdminKey> {
  readonly #keys: BucketCopy<typeof adminKeys>;
  readonly #made = new WeakMap<AdminKeyRecord, AdminKey>();

  constructor({ bus, clock }: { readonly bus: Pick<Bus, 'store'>; readonly clock: Clock }) {
    this.#keys = new BucketCopy({ bus, clock, bucket: adminKeys });
  }

  get isLoaded(): boolean {
    return this.#keys.isLoaded;
  }

  get isUsable(): boolean {
    return this.#keys.isUsable;
  }

  get(id: string): AdminKey | undefined {
    const record = this.#keys.get(id);
    if (!record) return undefined;
    const made = this.#made.get(record) ?? createAdminKey(record);
    this.#made.set(record, made);
    return made;
  }
}
