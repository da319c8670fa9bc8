import { z } from 'zod';
import { arrayOf } from '../collections.ts';
import { fieldPathSchema } from './policies.ts';

const scalar = z.union([z.string().max(1_024), z.number(), z.boolean(), z.null()]);
const list = arrayOf(scalar).max(256);

/** What a field is compared with. Several operators must all hold. */
const comparisonSchema = z.strictObject({
  $eq: scalar.optional(),
  $ne: scalar.optional(),
  $in: list.optional(),
  $nin: list.optional(),
  /** RE2's syntax, so that no pattern takes longer than its text is long; of a text the first 1,024 characters. */
  $regex: z.string().max(1_024).optional(),
  $gt: z.union([z.number(), z.string()]).optional(),
  $gte: z.union([z.number(), z.string()]).optional(),
  $lt: z.union([z.number(), z.string()]).optional(),
  $lte: z.union([z.number(), z.string()]).optional(),
});

export type Comparison = z.output<typeof comparisonSchema>;
export type Scalar = z.output<typeof scalar>;

/**
 * `{ "metadata.plan": { "$eq": "pro" }, "params.max_tokens": { "$gt": 1000 } }`: all must hold. `$and` and `$or` take lists
 * of queries, and a bare value stands for `$eq`.
 */
export interface Query {
  readonly $and?: readonly Query[] | undefined;
  readonly $or?: readonly Query[] | undefined;
  readonly [field: string]: Comparison | Scalar | readonly Query[] | undefined;
}

export const querySchema: z.ZodType<Query> = z.lazy(() =>
  z
    .object({
      $and: arrayOf(querySchema).min(1).max(32).optional(),
      $or: arrayOf(querySchema).min(1).max(32).optional(),
    })
    .catchall(z.union([scalar, comparisonSchema]))
    .check(({ value, issues }) => {
      for (const field of Object.keys(value)) {
        if (field === '$and' || field === '$or' || fieldPathSchema.safeParse(field).success) continue;
        issues.push({
          code: 'custom',
          input: field,
          path: [field],
          message: 'must be $and, $or, or a field that begins with "metadata." or "params."',
        });
      }
    }),
);
