import { arrayOf } from '@weir/contracts/collections';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { Fault } from '@weir/service-kit/fault';
import { matchesPattern } from '@weir/service-kit/name-pattern';
import { z } from 'zod';
import type { NewVirtualKey } from './virtual-key-changes.ts';

type BoundKey = Pick<NewVirtualKey, 'organisation_id' | 'config'>;

const find: Query = {
  name: 'organisations.find-config-ceilings',
  text: 'select id, allowed_configs from organisations where id = any($1) and allowed_configs is not null',
};

const rowSchema = z.object({ id: z.string(), allowed_configs: arrayOf(z.string()) });

/** Of keys to be made, by their place among these: which are bound to a config that their organisation may not use. */
export async function findForbiddenConfigs(
  database: Queryable,
  keys: readonly BoundKey[],
): Promise<ReadonlyMap<number, string>> {
  const ids = [...new Set(keys.map(({ organisation_id }) => organisation_id))];
  const ceilings = new Map(
    rows(rowSchema, await database.query(find, [ids])).map((row) => [row.id, row.allowed_configs]),
  );
  const forbidden = new Map<number, string>();
  for (const [place, { config, organisation_id }] of keys.entries()) {
    const ceiling = ceilings.get(organisation_id);
    if (config === null || !ceiling || ceiling.some((pattern) => matchesPattern(pattern, config))) continue;
    forbidden.set(place, `The organisation may not use the routing config "${config}".`);
  }
  return forbidden;
}

/** Throws `config_not_allowed`. What the organisation may use can be narrowed later: the ingress looks at each request. */
export async function assertConfigAllowed(transaction: Queryable, key: BoundKey): Promise<void> {
  const message = (await findForbiddenConfigs(transaction, [key])).get(0);
  if (message !== undefined) throw new Fault('config_not_allowed', { message, param: 'config' });
}
