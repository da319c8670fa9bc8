import { z } from 'zod';
import { count, day, either, type ExportReader, has, modelName, money } from './export-cells.ts';

export const openAiCosts: ExportReader = {
  title: "OpenAI's costs (amount_value, line_item)",
  isFormat: either(has('start_time', 'amount_value'), has('start_time', 'amount')),
  line: z
    .object({
      start_time: day,
      amount_value: z.union([z.literal(''), money(1)]).optional(),
      amount: z.object({ value: money(1) }).optional(),
      line_item: z.string().max(512).nullish(),
    })
    .transform(({ amount, amount_value, line_item, start_time }) => {
      const cost = amount?.value ?? amount_value;
      // "gpt-5-mini-2025-08-07, cached input"
      const [model] = line_item?.split(',') ?? [];
      return {
        day: start_time,
        model: model ? model.trim() : undefined,
        // A day without costs is a row without an amount.
        costNanoUsd: cost === '' ? undefined : cost,
      };
    }),
};

export const openAiUsage: ExportReader = {
  title: "OpenAI's usage (num_model_requests, input_tokens)",
  isFormat: has('start_time', 'num_model_requests', 'input_tokens'),
  line: z
    .object({
      start_time: day,
      model: modelName,
      num_model_requests: count,
      input_tokens: count,
      output_tokens: count,
    })
    .transform(({ input_tokens, model, num_model_requests, output_tokens, start_time }) =>
      num_model_requests === 0 && input_tokens + output_tokens === 0
        ? { day: start_time, model }
        : {
            ...{ day: start_time, model, requests: num_model_requests },
            ...{ inputTokens: input_tokens, outputTokens: output_tokens },
          },
    ),
};
