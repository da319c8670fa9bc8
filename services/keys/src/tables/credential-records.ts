import type { providerCredentials } from '@weir/contracts/keys/credentials';
import type { Store } from '@weir/service-kit/bus/store';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import type { ProjectionSource } from '@weir/service-kit/projection/projection';
import { queryIds } from './ids.ts';

const load: Query = {
  name: 'credentials.load',
  text: `select id, name, provider, organisation_id, enabled, token, last_four, version from provider_keys
    where id = any($1)`,
};

const idsAfter: Query = {
  name: 'credentials.ids-after',
  text: 'select id from provider_keys where id > $1 order by id limit $2',
};

const rowSchema = z.object({
  id: z.string(),
  name: z.string(),
  provider: z.string(),
  organisation_id: z.string().nullable(),
  enabled: z.boolean(),
  token: z.string(),
  last_four: z.string(),
  version: z.int(),
});

/** The bucket `provider-credentials`: every stored credential, its real key encrypted as it is in the database. */
export function credentialSource(
  database: Queryable,
  store: Store<typeof providerCredentials>,
): ProjectionSource<typeof providerCredentials> {
  return {
    store,
    load: async (ids) =>
      new Map(
        rows(rowSchema, await database.query(load, [ids])).map((row) => [
          row.id,
          {
            name: row.name,
            provider: row.provider,
            ...(row.organisation_id !== null && { organisation: row.organisation_id }),
            version: row.version,
            enabled: row.enabled,
            token: row.token,
            lastFour: row.last_four,
          },
        ]),
      ),
    idsAfter: (after, limit) => queryIds(database, idsAfter, [after, limit]),
  };
}
