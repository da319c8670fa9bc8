import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import { constraintFault } from './constraints.ts';
import type { NewVirtualKey } from './virtual-key-changes.ts';

const find: Query = {
  name: 'virtual-keys.find-unknown-tenants',
  text: `select asked.place, o.id is null as organisation,
      asked.team_id is not null and t.id is null as team, asked.user_id is not null and u.id is null as user
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality as asked (organisation_id, team_id, user_id, place)
    left join organisations o on o.id = asked.organisation_id
    left join teams t on t.organisation_id = asked.organisation_id and t.id = asked.team_id
    left join users u on u.organisation_id = asked.organisation_id and u.id = asked.user_id
    where o.id is null or (asked.team_id is not null and t.id is null) or (asked.user_id is not null and u.id is null)
    order by asked.place`,
};

const rowSchema = z.object({
  place: integerColumn,
  organisation: z.boolean(),
  team: z.boolean(),
  user: z.boolean(),
});

/** Of keys to be made, by their place among these: whose organisation, team or user is not there, and how to say so. */
export async function findUnknownTenants(
  database: Queryable,
  keys: readonly NewVirtualKey[],
): Promise<ReadonlyMap<number, string>> {
  const values = [
    keys.map(({ organisation_id }) => organisation_id),
    keys.map(({ team_id }) => team_id),
    keys.map(({ user_id }) => user_id),
  ];
  return new Map(
    rows(rowSchema, await database.query(find, values)).map(({ organisation, place, team }) => {
      const constraint = organisation ? 'organisation' : team ? 'team' : 'user';
      return [place - 1, constraintFault(`virtual_keys_${constraint}`).message];
    }),
  );
}
