import { type Hold, holdSchema } from '@weir/contracts/cost/admission';
import type { UsageAdjusted } from '@weir/contracts/usage-events';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import { z } from 'zod';
import type { AttemptId } from '../domain/entered-attempts.ts';
import { expiriesKey, holdKey } from './hold-store.ts';

/** How many are read at once. */
const pageSize = 200;

/** A hold as Redis has it. */
export interface StoredHold {
  /** With the amounts that are held now. */
  readonly hold: Hold;
  readonly epoch: string;
  /** What it holds is all that it will cost: its usage is on its way. */
  readonly isOver: boolean;
  /** It was made again, after Redis had lost something: perhaps its usage is counted already. */
  readonly isUnsure: boolean;
}

const storedSchema = z
  .tuple([
    z.string(),
    z.string(),
    z.coerce.number(),
    z.coerce.number(),
    z.string().nullable(),
    z.string().nullable(),
  ])
  .transform(([epoch, json, amountNanoUsd, tokens, over, unsure]): StoredHold => {
    const hold = holdSchema.parse(parseOwnJson(json));
    const priced = hold.amountNanoUsd === undefined ? hold : { ...hold, amountNanoUsd };
    return { hold: { ...priced, tokens }, epoch, isOver: over !== null, isUnsure: unsure !== null };
  });

/** Undefined where there is none of this id. */
export async function readHold(
  redis: Pick<RedisCommands, 'run'>,
  id: string,
): Promise<StoredHold | undefined> {
  const stored = await redis.run('read hold', (client) =>
    client.hmget(holdKey(id), 'epoch', 'json', 'money', 'tokens', 'over', 'unsure'),
  );
  return stored[0] === null ? undefined : storedSchema.parse(stored);
}

/** The ids of holds that have expired by then, the oldest first, but for so many of them. */
export function expiredIds(
  redis: Pick<RedisCommands, 'run'>,
  { nowMs, offset, count }: { nowMs: number; offset: number; count: number },
): Promise<string[]> {
  return redis.run('list expired holds', (client) =>
    client.zrangebyscore(expiriesKey, '-inf', nowMs, 'LIMIT', offset, count),
  );
}

/** The ids of all holds, page by page. Those that are made meanwhile may be left out. */
export async function* pagesOfIds(redis: Pick<RedisCommands, 'run'>): AsyncGenerator<string[]> {
  let cursor = '0';
  do {
    const [next, pairs] = await redis.run('scan holds', (client) =>
      client.zscan(expiriesKey, cursor, 'COUNT', pageSize),
    );
    yield pairs.filter((_, i) => i % 2 === 0);
    cursor = next;
  } while (cursor !== '0');
}

/** `<request id>:<attempt>` */
export function attemptIdOf({ id, startedAtMs }: Hold): AttemptId {
  const end = id.lastIndexOf(':');
  const attempt = Number(id.slice(end + 1));
  const isValid = end > 0 && Number.isSafeInteger(attempt) && attempt > 0;
  return isValid
    ? { requestId: id.slice(0, end), attempt, startedAtMs }
    : { requestId: id, attempt: 1, startedAtMs };
}

/** The event that charges a hold in full, or takes that back. */
export function adjustmentOf(hold: Hold, kind: UsageAdjusted['kind']): UsageAdjusted {
  const { attribution, amountNanoUsd, model, provider, startedAtMs, tokens } = hold;
  const { organisation: tenant, ...account } = attribution;
  const { requestId, attempt } = attemptIdOf(hold);
  const sign = kind === 'expired' ? 1 : -1;
  return {
    ...{ requestId, attempt, tenant, ...account, startedAtMs, kind, provider, model },
    // Which model was asked for the hold does not say.
    modelAsked: model,
    ...(amountNanoUsd !== undefined && { nanoUsd: sign * amountNanoUsd }),
    tokens: sign * tokens,
  };
}
