import {
  type TenantRecord,
  tenants,
  virtualKeys,
  type VirtualKeyRecord,
} from '@weir/contracts/keys/verification';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import { BucketCopy } from './bucket-copy.ts';
import type { KeyCopy } from './key-verifier.ts';
import { createVirtualKey, type VirtualKey } from './virtual-key.ts';

interface CopyParts {
  readonly bus: Pick<Bus, 'store'>;
  readonly clock: Clock;
}

/** A key as it follows from its record and from what there was of tenants at the time. */
interface Made {
  readonly key: VirtualKey;
  readonly tenantChanges: number;
}

/** The virtual keys, and what holds for their tenants, as the local copies have them. */
export class VirtualKeyCopy implements KeyCopy<VirtualKey> {
  readonly #keys: BucketCopy<typeof virtualKeys>;
  readonly #tenants: BucketCopy<typeof tenants>;
  /** Of the keys that were used: made when they are first asked for, and anew when something has changed. */
  readonly #made = new WeakMap<VirtualKeyRecord, Made>();
  #tenantChanges = 0;

  constructor({ bus, clock }: CopyParts) {
    this.#keys = new BucketCopy({ bus, clock, bucket: virtualKeys });
    this.#tenants = new BucketCopy({
      bus,
      clock,
      bucket: tenants,
      onChange: () => {
        this.#tenantChanges++;
      },
    });
  }

  get isLoaded(): boolean {
    return this.#keys.isLoaded && this.#tenants.isLoaded;
  }

  get isUsable(): boolean {
    return this.#keys.isUsable && this.#tenants.isUsable;
  }

  /** Undefined, too, where one of the key's tenants is not there, each of which may forbid something. */
  get(id: string): VirtualKey | undefined {
    const record = this.#keys.get(id);
    if (!record) return undefined;
    const made = this.#made.get(record);
    if (made?.tenantChanges === this.#tenantChanges) return made.key;
    const key = this.#make(record);
    if (key) this.#made.set(record, { key, tenantChanges: this.#tenantChanges });
    return key;
  }

  /** Whoever sends no more than a key's id is not told of whose it is. */
  #tenant(name: string): TenantRecord | undefined {
    try {
      return this.#tenants.get(name);
    } catch (cause) {
      throw new Fault('stored_entry_unreadable', { cause });
    }
  }

  #make(record: VirtualKeyRecord): VirtualKey | undefined {
    const { caller, organisation } = record;
    const names = [
      `organisation.${organisation}`,
      ...(caller.teamId === undefined ? [] : [`team.${caller.teamId}`]),
      ...(caller.userId === undefined ? [] : [`user.${caller.userId}`]),
    ];
    const found = names.flatMap((name) => this.#tenant(name) ?? []);
    if (found.length < names.length) return undefined;
    return createVirtualKey(record, {
      isSuspended: found.some(({ suspended }) => suspended),
      policies: found.flatMap(({ access }) => access ?? []),
      guardrailPolicy: found[0]?.guardrailPolicy,
    });
  }
}
