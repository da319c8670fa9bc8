import { z } from 'zod';
import { arrayOf, looseObjectOf } from './collections.ts';

/** A model as `GET /v1/models` shows it. */
export const modelSchema = looseObjectOf({
  /** The name to send as `model`: `gpt-5-mini`, or `<provider>/<model>`. */
  id: z.string(),
  object: z.literal('model'),
  /** Unix time in seconds; 0 where it is not known. */
  created: z.number(),
  owned_by: z.string(),
});

export const modelListSchema = looseObjectOf({ object: z.literal('list'), data: arrayOf(modelSchema) });

export type Model = z.output<typeof modelSchema>;
export type ModelList = z.output<typeof modelListSchema>;
