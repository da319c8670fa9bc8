import type { Query } from '@weir/service-kit/database/query';
import type { PgvectorNames } from './schema.ts';

type Statement = (names: PgvectorNames) => Query;

/** None is kept prepared: at PGlite, and behind poolers, its name would be another client's. */
const statement =
  (name: string, text: (names: PgvectorNames) => string): Statement =>
  (names) => ({ name: `vectors.${name}`, text: text(names), isPrepared: false });

export const upsert = statement(
  'upsert',
  ({ table, vectorType }) => `
    insert into ${table} (id, partition, organisation, question, embedding, created_at, expires_at)
    select id, partition, organisation, question, embedding::${vectorType}, created_at, expires_at
    from unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
      as given (id, partition, organisation, question, embedding, created_at, expires_at)
    on conflict (id) do update set
      partition = excluded.partition, organisation = excluded.organisation, question = excluded.question,
      embedding = excluded.embedding, created_at = excluded.created_at, expires_at = excluded.expires_at`,
);

/** Removes the oldest points of these partitions, beyond the newest so many. */
export const trim = statement(
  'trim',
  ({ table }) => `
    delete from ${table} using (
      select written.partition, newest_to_go.created_at, newest_to_go.id
      from unnest($1::bytea[]) as written (partition) cross join lateral (
        select created_at, id from ${table} as kept where kept.partition = written.partition
        order by created_at desc, id desc offset $2::bigint limit 1
      ) as newest_to_go
    ) as cut
    where ${table}.partition = cut.partition and (${table}.created_at, ${table}.id) <= (cut.created_at, cut.id)`,
);

/**
 * Exact: the distance to every point of the partition, which is taken once (in both lists, it would be twice). `+ 0` keeps the
 * index of expiry out of it, which holds nearly all points.
 */
export const nearest = statement(
  'nearest',
  ({ table, vectorType, distance }) => `
    select id, partition, question, 1 - distance as similarity, created_at, expires_at from (
      select id, partition, question, created_at, expires_at, embedding ${distance} $2::${vectorType} as distance
      from ${table} where partition = $1 and expires_at + 0 > $3 order by distance limit $4
    ) as found order by distance`,
);

export const deleteById = statement(
  'delete',
  ({ table }) => `delete from ${table} where id = any($1::uuid[])`,
);

export const deleteWhere = statement(
  'delete_where',
  ({ table }) => `
    delete from ${table} where id in (
      select id from ${table}
      where ($1::text is null or organisation = $1) and ($2::bytea is null or partition = $2)
        and ($3::bigint is null or created_at < $3)
      limit $4
    )`,
);

export const sweep = statement(
  'sweep',
  ({ table }) => `
    delete from ${table} where id in (
      select id from ${table} where expires_at <= $1 order by expires_at limit $2 for update skip locked
    )`,
);

export const count = statement('count', ({ table }) => `select count(*) from ${table}`);
