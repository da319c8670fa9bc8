import { z } from 'zod';
import { looseObjectOf } from '../collections.ts';

const count = z.number().int().nonnegative();

/**
 * Token counts as OpenAI reports them: `prompt_tokens` includes cached ones, `completion_tokens` includes
 * reasoning. Hosts differ in which details they send, and some send null.
 */
export const chatUsageSchema = looseObjectOf({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z
    .looseObject({
      cached_tokens: count.nullish(),
      cache_write_tokens: count.nullish(),
      audio_tokens: count.nullish(),
      image_tokens: count.nullish(),
    })
    .nullish(),
  completion_tokens_details: z
    .looseObject({
      reasoning_tokens: count.nullish(),
      audio_tokens: count.nullish(),
      accepted_prediction_tokens: count.nullish(),
      rejected_prediction_tokens: count.nullish(),
    })
    .nullish(),
});

export type ChatUsage = z.output<typeof chatUsageSchema>;
