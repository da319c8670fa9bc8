import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

export const rowResultSchema = z.object({
  name: z.string(),
  part: z.string(),
  done: z.string(),
  /** The version of nats-server. */
  nats: z.string(),
  requests: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  /** What those who failed were told, and how many of them. */
  codes: z.record(z.string(), z.int()),
  longestWaitMs: z.int().nonnegative(),
  deadlineMs: z.int().nonnegative(),
  /** How long the harm lasted, and until when, from its beginning, requests failed. */
  harmMs: z.int().nonnegative(),
  failuresLastedMs: z.int().nonnegative(),
  /** From the end of the harm until no request failed any more. */
  recoveredAfterMs: z.int().nonnegative(),
  /** For how long no ingress was ready. */
  allNotReadyMs: z.int().nonnegative(),
  calls: z.int().nonnegative(),
  events: z.int().nonnegative(),
  /** Attempts that reached no provider, by their outcomes: an event each, and no call. */
  unsent: z.record(z.string(), z.int()),
  /** What operators see of it. */
  seen: z.string(),
  /** What is not as it should be. */
  problems: z.array(z.string()),
});

export type RowResult = z.output<typeof rowResultSchema>;

const file = new URL('results.json', import.meta.url);

/** Those that are committed. */
export function readResults(): RowResult[] {
  return z.array(rowResultSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Puts them in the place of older ones of their rows, in the order of `names`; those of rows that are no more are left out. */
export function writeResults(results: readonly RowResult[], names: readonly string[]): RowResult[] {
  const byName = new Map([...readResults(), ...results].map((result) => [result.name, result]));
  const kept = names.flatMap((name) => byName.get(name) ?? []);
  writeFileSync(file, `${JSON.stringify(kept, undefined, 2)}\n`);
  return kept;
}
