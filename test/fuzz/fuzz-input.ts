import { z } from 'zod';
import { canaryKey } from '../helpers/hostile/canary-key.ts';
import type { HostileCase } from '../helpers/hostile/hostile-case.ts';
import { dialects } from './answer-documents.ts';

/** What a generator has made: data alone, so that what does harm can be kept as a file (`test/hostile-traffic/found`). */
export const fuzzInputSchema = z.strictObject({
  body: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** The text of an inline config. */
  config: z.string().optional(),
  answer: z
    .strictObject({ status: z.int(), headers: z.record(z.string(), z.string()), pieces: z.array(z.string()) })
    .optional(),
  dialect: z.enum(dialects).optional(),
  isStreamed: z.boolean().optional(),
  message: z
    .strictObject({
      as: z.string(),
      subject: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
    })
    .optional(),
});

export type FuzzInput = z.output<typeof fuzzInputSchema>;

/** Every answer that a caller may be given: those that say that something of ours has failed are not among them. */
const statuses = [200, 400, 401, 403, 404, 405, 408, 413, 415, 429, 431, 446, 502, 503, 504];

/** Under this name, which has to be another for each: no provider is to be judged by what another did. */
export function toHostileCase(id: string, input: FuzzInput, promise = 'is no failure of ours'): HostileCase {
  const { body, headers, config, answer, dialect, isStreamed = false, message } = input;
  return {
    id,
    promise,
    isStreamed,
    request: () => ({ ...(body !== undefined && { body }), ...(headers && { headers }) }),
    answer: () =>
      answer ? { status: answer.status, headers: answer.headers, body: answer.pieces } : { body: '{}' },
    ...(dialect && dialect !== 'openai' && { dialect }),
    ...(config !== undefined && {
      config: (upstream) => config.replaceAll('$upstream', upstream).replaceAll('$key', canaryKey),
    }),
    ...(message && { messages: [message] }),
    expected: { status: statuses },
  };
}
