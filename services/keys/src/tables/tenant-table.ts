import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { Fault } from '@weir/service-kit/fault';
import { z, type ZodType } from 'zod';
import { notFound } from '@weir/service-kit/admin/reach';
import { isForeignKeyViolation } from './constraints.ts';
import { type Page, toPage } from '@weir/service-kit/admin/page';

export type TenantKind = 'organisation' | 'team' | 'user';

/** What organisations, teams and users have in common. */
export interface Tenant {
  readonly id: string;
  readonly status: 'active' | 'suspended';
  readonly revision: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What the database gives it. */
type Assigned = 'revision' | 'created_at' | 'updated_at';

export type NewTenant<T extends Tenant> = Omit<T, Assigned>;

interface TenantShape<T extends Tenant> {
  readonly kind: TenantKind;
  readonly table: string;
  readonly row: ZodType<T>;
  /** The column that says whose it is. */
  readonly owner: keyof T & ('id' | 'organisation_id');
  /** What an admin may change. */
  readonly fields: readonly (keyof T & string)[];
  /** What is not deleted and belongs to `$1`: `(what, count)`, where `what` is in the singular. */
  readonly holds: string;
}

interface ListOptions {
  /** Each is the one organisation whose tenants are listed; null for those of all. */
  readonly reach: string | null;
  readonly organisation: string | null;
  readonly after?: string | undefined;
  readonly limit: number;
}

export type TenantTable<T extends Tenant> = ReturnType<typeof tenantTable<T>>;

const heldSchema = z.object({ what: z.string(), count: integerColumn });

/** The queries of one kind of tenant. `reach` is the one organisation that whoever asks may reach, or null. */
export function tenantTable<T extends Tenant>({ fields, holds, kind, owner, row, table }: TenantShape<T>) {
  const query = (name: string, text: string): Query => ({ name: `${table}.${name}`, text });
  const own = [...new Set(['id' as const, owner, ...fields])];
  const columns = [...own, 'revision', 'created_at', 'updated_at'].join(', ');
  const queries = {
    list: query(
      'list',
      `select ${columns} from ${table} where id > $1 and ($2::text is null or ${owner} = $2)
        and ($3::text is null or ${owner} = $3) order by id limit $4`,
    ),
    find: query(
      'find',
      `select ${columns} from ${table} where id = $1 and ($2::text is null or ${owner} = $2)`,
    ),
    insert: query(
      'insert',
      `insert into ${table} (${own.join(', ')}) values (${own.map((_, index) => `$${index + 1}`).join(', ')})
        returning ${columns}`,
    ),
    update: query(
      'update',
      `update ${table} set ${fields.map((field, index) => `${field} = $${index + 2}`).join(', ')},
        revision = revision + 1, updated_at = now() where id = $1 returning ${columns}`,
    ),
    delete: query('delete', `delete from ${table} where id = $1`),
    holds: query('holds', `select what, count from (${holds}) as held where count > 0`),
  };
  // Keys may go on to be made for it, as opposed to `for update`.
  const lock = query('lock', `${queries.find.text} for no key update`);
  const one = async (database: Queryable, statement: Query, values: readonly unknown[]): Promise<T> => {
    const [found] = rows(row, await database.query(statement, values));
    if (!found) throw notFound(kind, String(values[0]));
    return found;
  };

  return {
    kind,
    owner,
    async list(
      database: Queryable,
      { after = '', limit, organisation, reach }: ListOptions,
    ): Promise<Page<T>> {
      return toPage(
        rows(row, await database.query(queries.list, [after, reach, organisation, limit + 1])),
        limit,
      );
    },
    /** Throws `not_found`, as `lock` does. */
    find: (database: Queryable, id: string, reach: string | null) => one(database, queries.find, [id, reach]),
    /** Nobody else changes it until the transaction has ended. */
    lock: (transaction: Queryable, id: string, reach: string | null) => one(transaction, lock, [id, reach]),
    insert: (transaction: Queryable, tenant: NewTenant<T>) =>
      one(
        transaction,
        queries.insert,
        own.map((column) => (tenant as T)[column]),
      ),
    update: (transaction: Queryable, tenant: T) =>
      one(transaction, queries.update, [tenant.id, ...fields.map((field) => tenant[field])]),
    /** Throws `in_use`, and says by what. */
    async remove(transaction: Queryable, id: string): Promise<void> {
      const held = rows(heldSchema, await transaction.query(queries.holds, [id]));
      if (held.length > 0) throw inUse(kind, held);
      await transaction.query(queries.delete, [id]).catch((error: unknown) => {
        // Made since it was counted.
        throw isForeignKeyViolation(error) ? inUse(kind, []) : error;
      });
    },
  };
}

function inUse(kind: TenantKind, held: readonly { what: string; count: number }[]): Fault {
  const left = held.map(({ count, what }) => `${count} ${what}${count === 1 ? '' : 's'}`);
  const list = left.length > 0 ? new Intl.ListFormat('en').format(left) : 'something that was just made';
  return new Fault('in_use', { message: `The ${kind} still has ${list}. Delete or revoke that first.` });
}
