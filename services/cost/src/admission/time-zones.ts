import type { tenants } from '@weir/contracts/keys/verification';
import type { Store } from '@weir/service-kit/bus/store';
import { organisationOfTenant } from '../organisation-zones.ts';
import { Calendar } from './calendar.ts';

interface Zone {
  readonly timeZone: string;
  readonly calendar: Calendar;
}

/** In which time zone each organisation's days begin. UTC where none is known, or this machine does not know it. */
export class TimeZones {
  readonly #zoneOf = new Map<string, string>();
  readonly #zones = new Map<string, Zone>();
  readonly #utc: Zone = { timeZone: 'UTC', calendar: new Calendar('UTC') };

  constructor(store: Store<typeof tenants>, onChange: (organisation: string) => void) {
    store.watch((key, entry) => {
      const organisation = organisationOfTenant(key);
      // While an organisation's entry cannot be read its days begin when they did, and its keys are refused anyway.
      if (organisation === undefined || entry?.fault) return;
      const before = this.#zoneOf.get(organisation);
      const timeZone = entry?.value.timeZone;
      if (timeZone === before) return;
      if (timeZone === undefined) this.#zoneOf.delete(organisation);
      else this.#zoneOf.set(organisation, timeZone);
      onChange(organisation);
    });
  }

  of(organisation: string | undefined): Zone {
    const timeZone = organisation === undefined ? undefined : this.#zoneOf.get(organisation);
    if (timeZone === undefined) return this.#utc;
    const known = this.#zones.get(timeZone);
    if (known) return known;
    const zone = zoneOf(timeZone) ?? this.#utc;
    this.#zones.set(timeZone, zone);
    return zone;
  }
}

function zoneOf(timeZone: string): Zone | undefined {
  try {
    return { timeZone, calendar: new Calendar(timeZone) };
  } catch {
    return undefined;
  }
}
