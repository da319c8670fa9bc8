import { type ScreeningSummary, screeningText } from '@weir/contracts/guardrails/summary';
import { parseMeasuredJson } from '@weir/service-kit/bounded-json';
import { z } from 'zod';
import type { Chunk } from './chunk-screen.ts';

const usageChunkSchema = z.looseObject({
  choices: z.tuple([]),
  usage: z.looseObject({}),
  weir: z.looseObject({}).optional(),
});

export type UsageChunk = z.output<typeof usageChunkSchema>;

/** The chunk that tells a stream's usage; undefined where it is another. */
export function readUsageChunk(chunk: Chunk): UsageChunk | undefined {
  const json =
    typeof chunk === 'string' ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  // Others are not parsed for it: within a text the quotes would be escaped.
  if (!json.includes('"choices":[]')) return undefined;
  return usageChunkSchema.safeParse(parseMeasuredJson(json.toString())).data;
}

/** With what was found in the request and in all of the answer, as the header has it of whole answers. */
export function withGuardrails(chunk: UsageChunk, summary: ScreeningSummary): string {
  return JSON.stringify({ ...chunk, weir: { ...chunk.weir, guardrails: screeningText(summary) } });
}
