import { arrayOf } from '@weir/contracts/collections';
import type { adminKeys } from '@weir/contracts/keys/verification';
import type { Store } from '@weir/service-kit/bus/store';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import type { ProjectionSource } from '@weir/service-kit/projection/projection';
import { queryIds } from './ids.ts';

const load: Query = {
  name: 'admin-keys.load',
  text: `select id, digest, verification_key_id, scopes, organisation_id, expires_at from admin_keys
    where id = any($1) and deleted_at is null`,
};

const idsAfter: Query = {
  name: 'admin-keys.ids-after',
  text: 'select id from admin_keys where id > $1 and deleted_at is null order by id limit $2',
};

const rowSchema = z.object({
  id: z.string(),
  digest: z.string(),
  verification_key_id: z.string(),
  scopes: arrayOf(z.string()),
  organisation_id: z.string().nullable(),
  expires_at: z.date().nullable(),
});

/** The bucket `admin-keys`: every admin key that is not deleted. */
export function adminKeySource(
  database: Queryable,
  store: Store<typeof adminKeys>,
): ProjectionSource<typeof adminKeys> {
  return {
    store,
    load: async (ids) =>
      new Map(
        rows(rowSchema, await database.query(load, [ids])).map((row) => [
          row.id,
          {
            digest: row.digest,
            verificationKeyId: row.verification_key_id,
            scopes: row.scopes,
            ...(row.organisation_id !== null && { organisation: row.organisation_id }),
            ...(row.expires_at !== null && { expiresAtMs: row.expires_at.getTime() }),
          },
        ]),
      ),
    idsAfter: (after, limit) => queryIds(database, idsAfter, [after, limit]),
  };
}
