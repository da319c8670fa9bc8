import type { ChatUsage } from '@weir/contracts/chat/usage';
import { arrayOf } from '@weir/contracts/collections';
import { z } from 'zod';

/** A number, which some hosts send as text. */
export function toNumber(said: unknown): number | undefined {
  const read = typeof said === 'string' && said.trim() !== '' ? Number(said) : said;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
}

/** A counter. Undefined or null is not told. */
const count = z
  .unknown()
  .transform((said): number | null | undefined => {
    const read = toNumber(said);
    return read === undefined || read < 0 ? undefined : Math.min(Math.round(read), Number.MAX_SAFE_INTEGER);
  })
  .optional();

const details = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.looseObject(shape).nullish().catch(undefined);

const reportSchema = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  /** The names that other APIs of OpenAI's have for the first two, and for the details. */
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: details({ cached_tokens: count }),
  output_tokens_details: details({ reasoning_tokens: count }),
  prompt_tokens_details: details({
    cached_tokens: count,
    cache_write_tokens: count,
    audio_tokens: count,
    image_tokens: count,
  }),
  completion_tokens_details: details({
    reasoning_tokens: count,
    audio_tokens: count,
    accepted_prediction_tokens: count,
    rejected_prediction_tokens: count,
  }),
});

/** What a host has told of the usage, which may be a part of it. */
export type UsageReport = z.output<typeof reportSchema>;

export const usageReport = reportSchema.nullish().catch(undefined);

const besides = z.looseObject({
  x_groq: z.looseObject({ usage: usageReport }).optional().catch(undefined),
  choices: arrayOf(z.looseObject({ usage: usageReport })),
});

/** The report of a chunk that has none in its place: Moonshot's has it in a choice, Groq's in a field of its own. */
export function reportBesides(chunk: { readonly choices: readonly object[] }): UsageReport | undefined {
  if (!('x_groq' in chunk) && !chunk.choices.some((choice) => 'usage' in choice)) return undefined;
  const { x_groq: groq, choices } = besides.parse(chunk);
  return choices.map(({ usage }) => usage).find(Boolean) ?? groq?.usage ?? undefined;
}

/**
 * Reports are cumulative where there are several: what the last one tells holds, and the rest of those before it. A zero takes
 * back no count: some hosts end with a report that is empty.
 */
export function mergeReports(earlier: UsageReport | undefined, later: UsageReport): UsageReport {
  if (!earlier) return later;
  const told = Object.fromEntries(
    Object.entries(later).filter(([name, value]) => isTold(value) && (value !== 0 || !earlier[name])),
  );
  const isRecount = 'prompt_tokens' in told || 'completion_tokens' in told;
  return { ...earlier, ...(isRecount && { total_tokens: undefined }), ...told };
}

/** The usage in OpenAI's form: a counter that is missing is the rest of the other two, or 0. Undefined where none is told. */
export function completeUsage(report: UsageReport | undefined): ChatUsage | undefined {
  if (!report) return undefined;
  const { input_tokens, output_tokens, total_tokens: total } = report;
  const prompt = report.prompt_tokens ?? input_tokens;
  const completion = report.completion_tokens ?? output_tokens;
  if (![prompt, completion, total].some(isTold)) return undefined;
  const promptTokens = prompt ?? restOf(total, completion);
  const completionTokens = completion ?? restOf(total, prompt);
  return {
    ...report,
    prompt_tokens_details: report.prompt_tokens_details ?? report.input_tokens_details,
    completion_tokens_details: report.completion_tokens_details ?? report.output_tokens_details,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: total ?? promptTokens + completionTokens,
  };
}

function isTold(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function restOf(total: number | null | undefined, other: number | null | undefined): number {
  return isTold(total) && isTold(other) ? Math.max(0, (total ?? 0) - (other ?? 0)) : 0;
}
