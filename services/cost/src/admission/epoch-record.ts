import { parseOwnJson } from '@weir/service-kit/bounded-json';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import { z } from 'zod';
import { beginEpochScript } from './scripts/holds.ts';

export const epochKey = 'epoch';
/** The id of the epoch into which the holds have been carried over that were there before it. */
const carriedKey = 'carried';

const epochSchema = z.object({
  id: z.string(),
  /** Of the Redis process that has kept everything since the epoch began. */
  runId: z.string(),
  /** Of the event stream whose sequences the counters' seeds mean. */
  streamCreatedAt: z.string(),
  /** The last sequence of that stream when it began or before: counters are read from a ledger that has all up to there. */
  beginsAfter: z.int().nonnegative(),
  /** Unix time in milliseconds from which it admits. */
  opensAtMs: z.int(),
});

/** A time in which Redis has lost nothing. `text` is what its key holds. */
export type EpochRecord = z.output<typeof epochSchema> & { readonly text: string };

/** What Redis has: `text` is empty where there is nothing, and `record` is undefined where that is no epoch. */
export async function readEpoch(redis: Pick<RedisCommands, 'run'>) {
  const [text, carried] = await redis.run('get epoch', (client) => client.mget(epochKey, carriedKey));
  return { text: text ?? '', record: text ? parse(text) : undefined, carried: carried ?? undefined };
}

/** Begins an epoch where the key holds `before` still. Answers with the epoch that is there then, and whether it is this one. */
export async function putEpoch(
  redis: Pick<RedisCommands, 'script'>,
  before: string,
  epoch: z.input<typeof epochSchema>,
) {
  const text = JSON.stringify(epoch);
  const now = await redis.script(beginEpochScript)([epochKey], [before, text]);
  return { record: parse(now), isBegun: now === text };
}

/** The holds that were there before it are a part of it, for all replicas. */
export async function putCarried(redis: Pick<RedisCommands, 'run'>, epochId: string): Promise<void> {
  await redis.run('keep carried', (client) => client.set(carriedKey, epochId));
}

function parse(text: string): EpochRecord | undefined {
  try {
    return { ...epochSchema.parse(parseOwnJson(text)), text };
  } catch {
    return undefined;
  }
}
