import { z } from 'zod';
import { count, day, either, type ExportReader, has, modelName, money } from './export-cells.ts';

export const anthropicCosts: ExportReader = {
  title: "Anthropic's costs (usage_date_utc, cost_usd)",
  isFormat: either(has('usage_date_utc', 'cost_usd'), has('starting_at', 'amount')),
  line: z.union([
    z
      .object({ usage_date_utc: day, model: modelName, cost_usd: money(1) })
      .transform(({ cost_usd, model, usage_date_utc }) => ({
        day: usage_date_utc,
        model,
        costNanoUsd: cost_usd,
      })),
    // Its API has amounts in cents.
    z
      .object({ starting_at: day, model: modelName, amount: money(100) })
      .transform(({ amount, model, starting_at }) => ({ day: starting_at, model, costNanoUsd: amount })),
  ]),
};

const cacheCreation = z
  .object({ ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count })
  .nullish();

export const anthropicUsage: ExportReader = {
  title: "Anthropic's usage (usage_date_utc, usage_output_tokens)",
  isFormat: either(has('usage_date_utc', 'usage_output_tokens'), has('starting_at', 'output_tokens')),
  line: z.union([
    z
      .object({
        usage_date_utc: day,
        model_version: modelName,
        usage_input_tokens_no_cache: count,
        usage_input_tokens_cache_write_5m: count,
        usage_input_tokens_cache_write_1h: count,
        usage_input_tokens_cache_read: count,
        usage_output_tokens: count,
      })
      .transform((row) => ({
        day: row.usage_date_utc,
        model: row.model_version,
        inputTokens:
          row.usage_input_tokens_no_cache +
          row.usage_input_tokens_cache_write_5m +
          row.usage_input_tokens_cache_write_1h +
          row.usage_input_tokens_cache_read,
        outputTokens: row.usage_output_tokens,
      })),
    z
      .object({
        starting_at: day,
        model: modelName,
        uncached_input_tokens: count,
        cache_read_input_tokens: count,
        cache_creation: cacheCreation,
        output_tokens: count,
      })
      .transform(({ cache_creation: written, cache_read_input_tokens, model, output_tokens, ...row }) => ({
        ...{ day: row.starting_at, model, outputTokens: output_tokens },
        inputTokens:
          row.uncached_input_tokens +
          cache_read_input_tokens +
          (written?.ephemeral_5m_input_tokens ?? 0) +
          (written?.ephemeral_1h_input_tokens ?? 0),
      })),
  ]),
};
