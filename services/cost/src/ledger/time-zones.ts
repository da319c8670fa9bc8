import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import type { Logger } from '@weir/service-kit/logger';
import { z } from 'zod';
import type { OrganisationZones } from '../organisation-zones.ts';
import { rebuildDays } from './rollups.ts';

interface ZoneSyncParts {
  readonly timeZones: OrganisationZones;
  readonly logger: Logger;
}

const list: Query = {
  name: 'rollup.list-zones',
  text: 'select organisation_id, time_zone from rollup_time_zones',
};
const isKnown: Query = {
  name: 'rollup.is-zone',
  text: 'select exists (select from pg_timezone_names where name = $1) as known',
};
const set: Query = {
  name: 'rollup.set-zone',
  text: `insert into rollup_time_zones (organisation_id, time_zone) values ($1, $2)
    on conflict (organisation_id) do update set time_zone = excluded.time_zone`,
};

const zoneSchema = z.object({ organisation_id: z.string(), time_zone: z.string() });
const knownSchema = z.object({ known: z.boolean() });

/** Makes daily rollups follow the time zones of organisations. */
export class ZoneSync {
  readonly #parts: ZoneSyncParts;
  /** Zones that Postgres does not know: said once each. */
  readonly #unknown = new Set<string>();

  constructor(parts: ZoneSyncParts) {
    this.#parts = parts;
  }

  /**
   * Brings days into their organisation's zone: of one organisation at a time, so that no transaction becomes long. Resolves with
   * whether there may be others.
   */
  async syncOne(transaction: Queryable): Promise<boolean> {
    const made = new Map(
      rows(zoneSchema, await transaction.query(list)).map((row) => [row.organisation_id, row.time_zone]),
    );
    for (const [organisation, timeZone] of this.#parts.timeZones.entries()) {
      if ((made.get(organisation) ?? 'UTC') === timeZone || this.#unknown.has(timeZone)) continue;
      if (!(await this.#isKnown(transaction, timeZone))) continue;
      await transaction.query(set, [organisation, timeZone]);
      if ((await rebuildDays(transaction, organisation)) > 0) return true;
    }
    return false;
  }

  async #isKnown(transaction: Queryable, timeZone: string): Promise<boolean> {
    const [result] = rows(knownSchema, await transaction.query(isKnown, [timeZone]));
    if (result?.known === true) return true;
    this.#unknown.add(timeZone);
    this.#parts.logger.error({ timeZone }, 'Postgres does not know a time zone: its days stay as they are');
    return false;
  }
}
