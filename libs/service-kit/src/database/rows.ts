import { z, type ZodType } from 'zod';
import { Fault } from '../fault.ts';
import type { QueryResult } from './query.ts';

/**
 * A `bigint` or `numeric` column: the driver gives both as text, since they may be larger than a number can hold
 * exactly. One that is larger than 2^53 is refused, as is one without a value.
 */
export const integerColumn = z
  .string()
  .regex(/^-?\d+$/)
  .transform(Number)
  .pipe(z.int());

/**
 * The rows of a result, each as its schema reads it: a database outlives the code that wrote to it. A row that does not
 * fit is an internal error, which tells columns and no values. What it costs: see ADR 11.
 */
export function rows<Schema extends ZodType>(schema: Schema, result: QueryResult): z.output<Schema>[] {
  return result.rows.map((row) => {
    const parsed = schema.safeParse(row);
    if (parsed.success) return parsed.data;
    const columns = parsed.error.issues.map(({ path, code }) => `${path.join('.')} (${code})`);
    throw new Fault('internal_error', {
      cause: new Error(`a row is not what was expected: ${columns.join(', ')}`),
    });
  });
}
