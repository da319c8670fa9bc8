import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import { queryIds } from './ids.ts';

// What another transaction is working on is left to it.
const lockFormer: Query = {
  name: 'tokens.lock-former',
  text: `select id, token from provider_keys where master_key_id <> $1 and id > $2
    order by id limit $3 for update skip locked`,
};

const replace: Query = {
  name: 'tokens.replace',
  text: `update provider_keys set token = change.token, master_key_id = change.key_id
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as change (id, former, token, key_id)
    where provider_keys.id = change.id and provider_keys.token = change.former
    returning provider_keys.id`,
};

const countFormer: Query = {
  name: 'tokens.count-former',
  text: 'select count(*) as count from provider_keys where master_key_id <> $1',
};

const tokenSchema = z.object({ id: z.string(), token: z.string() });
const countSchema = z.object({ count: integerColumn });

/** The same real key under another master key. */
export interface TokenChange {
  readonly id: string;
  /** The token that it takes the place of, if that is still there. */
  readonly former: string;
  readonly token: string;
  readonly keyId: string;
}

/** Tokens of real keys under other master keys than the newest. */
export async function lockFormerTokens(
  transaction: Queryable,
  { after, keyId, limit }: { readonly keyId: string; readonly after: string; readonly limit: number },
): Promise<z.output<typeof tokenSchema>[]> {
  return rows(tokenSchema, await transaction.query(lockFormer, [keyId, after, limit]));
}

/** The ids of those that were replaced. */
export async function replaceTokens(
  transaction: Queryable,
  changes: readonly TokenChange[],
): Promise<string[]> {
  if (changes.length === 0) return [];
  const columns = (['id', 'former', 'token', 'keyId'] as const).map((field) =>
    changes.map((change) => change[field]),
  );
  return queryIds(transaction, replace, columns);
}

export async function countFormerTokens(database: Queryable, keyId: string): Promise<number> {
  const [row] = rows(countSchema, await database.query(countFormer, [keyId]));
  return row?.count ?? 0;
}
