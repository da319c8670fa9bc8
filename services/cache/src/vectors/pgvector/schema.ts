import { assertServiceName } from '@weir/service-kit/database/connection-options';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import { z } from 'zod';

/** Where things are at the server. Names are quoted for SQL as far as they have to be. */
export interface PgvectorNames {
  /** The table, with its schema. */
  readonly table: string;
  /** The type and its operator, with the schema that the extension is in: an operator may have put it anywhere. */
  readonly vectorType: string;
  readonly distance: string;
  /** `pgvector 0.8.7 on Postgres 18`. */
  readonly description: string;
}

const extensionRow = z.object({
  schema: z.string(),
  version: z.string(),
  server: z.string(),
  has_table: z.boolean(),
});
const availableRow = z.object({ available: integerColumn, has_schema: z.boolean() });

/** A statement without values is sent as it is, and may then be several, in one transaction. */
const statement = (name: string, text: string): Query => ({
  name: `vectors.${name}`,
  text,
  isPrepared: false,
});

/**
 * Makes the schema, the extension and the table where they are not there, and answers with their names. Rejects in words for
 * an operator where the server has no pgvector or does not let us make it.
 */
export async function ensureSchema(database: Queryable, schemaName: string): Promise<PgvectorNames> {
  const schema = assertServiceName(schemaName);
  const found = (await readExtension(database, schema)) ?? (await makeExtension(database, schema));
  const quoted = `"${found.schema.replaceAll('"', '""')}"`;
  const names = {
    table: `${schema}.points`,
    vectorType: `${quoted}.vector`,
    distance: `operator(${quoted}.<=>)`,
    description: `pgvector ${found.version} on Postgres ${found.server}`,
  };
  if (!found.has_table) await database.query(statement('make', makeTable(schema, names)));
  return names;
}

async function readExtension(database: Queryable, schema: string) {
  const result = await database.query(
    statement(
      'extension',
      `select n.nspname as schema, e.extversion as version,
         split_part(current_setting('server_version'), '.', 1) as server,
         to_regclass($1) is not null as has_table
       from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector'`,
    ),
    [`${schema}.points`],
  );
  return rows(extensionRow, result)[0];
}

async function makeExtension(database: Queryable, schema: string) {
  const result = await database.query(
    statement(
      'available',
      `select count(*) as available, exists (select from pg_namespace where nspname = $1) as has_schema
       from pg_available_extensions where name = 'vector'`,
    ),
    [schema],
  );
  const [{ available, has_schema: hasSchema } = { available: 0, has_schema: false }] = rows(
    availableRow,
    result,
  );
  if (available === 0) {
    throw unusable(
      'this Postgres has no pgvector: install its package there, or set VECTOR_DATABASE_URL to one that has it',
    );
  }
  try {
    await database.query(
      statement(
        'make_extension',
        [locked, ...made(schema, hasSchema), `create extension if not exists vector schema ${schema}`].join(
          ';',
        ),
      ),
    );
  } catch (error) {
    throw unusable(
      'it cannot be made here: let a superuser run CREATE EXTENSION vector in this database',
      error,
    );
  }
  const found = await readExtension(database, schema);
  if (!found) throw unusable('it was made, and is not there');
  return found;
}

/** Of several replicas that start at once, one makes it. */
const locked = "select pg_advisory_xact_lock(hashtextextended('weir.vectors', 0))";

/** Only one that may make schemas is allowed to say "if not exists". */
function made(schema: string, isThere: boolean): string[] {
  return isThere ? [] : [`create schema if not exists ${schema}`];
}

/**
 * Vectors lie within their rows (`main`), since each candidate's is read. They have no fixed length: the partition says whose
 * they are, and all of one are as long.
 */
function makeTable(schema: string, { table, vectorType }: Omit<PgvectorNames, 'description'>): string {
  return [
    locked,
    `do $do$ begin
       if not exists (select from pg_namespace where nspname = '${schema}') then create schema ${schema}; end if;
     end $do$`,
    `create table if not exists ${table} (
       id uuid primary key,
       partition bytea not null,
       organisation text not null,
       question text not null,
       embedding ${vectorType} not null,
       created_at bigint not null,
       expires_at bigint not null
     )`,
    `alter table ${table} alter embedding set storage main`,
    `create index if not exists points_newest on ${table} (partition, created_at, id)`,
    `create index if not exists points_expiry on ${table} (expires_at)`,
    `create index if not exists points_organisation on ${table} (organisation)`,
  ].join(';\n');
}

function unusable(reason: string, cause?: unknown): Fault {
  return new Fault('service_unavailable', { cause: new Error(`pgvector: ${reason}`, { cause }) });
}
