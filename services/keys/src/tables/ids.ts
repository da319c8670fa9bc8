import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';

const idSchema = z.object({ id: z.string() });

/** The column `id` of what a query answers. */
export async function queryIds(
  database: Queryable,
  query: Query,
  values: readonly unknown[],
): Promise<string[]> {
  return rows(idSchema, await database.query(query, values)).map(({ id }) => id);
}
