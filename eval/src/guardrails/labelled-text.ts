import { readFileSync } from 'node:fs';
import { entitySchema } from '@weir/contracts/guardrails/entities';
import { z } from 'zod';

/** Where personal data stands in a text, in UTF-16 units. */
const spanSchema = z
  .object({ start: z.int().nonnegative(), end: z.int().positive(), entity: entitySchema })
  .refine(({ start, end }) => start < end, 'a span has a length');

/** A text, and all personal data that is in it. A text without spans has none, and must be left alone. */
export const labelledTextSchema = z
  .object({
    text: z.string(),
    language: z.string(),
    spans: z.array(spanSchema),
    /** `json`: characters of the text may be escaped, as in a tool call's arguments. */
    form: z.enum(['text', 'json']).default('text'),
    /** How a detector is evaded here; of a text without personal data, what it looks like. */
    variant: z.string().default('plain'),
    source: z.string().default('data'),
  })
  .refine(({ text, spans }) => spans.every(({ end }) => end <= text.length), 'a span ends behind its text');

export type LabelledSpan = z.output<typeof spanSchema>;
export type LabelledText = z.output<typeof labelledTextSchema>;

/** The texts of a file of JSON lines. */
export function readLabelledTexts(file: string, source: string): LabelledText[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [{ ...labelledTextSchema.parse(JSON.parse(line)), source }];
    } catch (error) {
      throw new Error(`${file}, line ${index + 1}, is no labelled text`, { cause: error });
    }
  });
}
