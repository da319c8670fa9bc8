import type { tenants } from '@weir/contracts/keys/verification';
import type { Store } from '@weir/service-kit/bus/store';

/** The time zones of all organisations, as the keys service knows them. */
export interface OrganisationZones {
  entries(): Iterable<readonly [organisation: string, timeZone: string]>;
}

const prefix = 'organisation.';

/** Whose entry a key of the bucket `tenants` is; undefined for one that is none of an organisation. */
export function organisationOfTenant(key: string): string | undefined {
  return key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
}

/** As this replica's copy of the bucket has them. */
export function organisationZonesOf(store: Pick<Store<typeof tenants>, 'entries'>): OrganisationZones {
  return {
    *entries() {
      for (const { key, value } of store.entries()) {
        const organisation = organisationOfTenant(key);
        if (organisation !== undefined) yield [organisation, value.timeZone ?? 'UTC'];
      }
    },
  };
}
