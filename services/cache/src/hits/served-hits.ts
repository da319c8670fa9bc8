import { parseOwnJson } from '@weir/service-kit/bounded-json';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import { z } from 'zod';

const servedHitSchema = z.object({
  requestId: z.string(),
  entry: z.string(),
  tier: z.enum(['exact', 'semantic']),
  /** Who was answered. */
  organisation: z.string(),
  /** Of the semantic tier. */
  similarity: z.number().optional(),
  partition: z.string().optional(),
  /** Of what was asked for: the model, and how often answers are to be right. */
  model: z.string().optional(),
  accuracyTarget: z.number().optional(),
});

/** What a request was answered with, for its caller's verdict. */
export type ServedHit = z.output<typeof servedHitSchema>;

/** The newest that are known. Each takes about 400 bytes. */
const mostKept = 50_000;
const keptForMs = 86_400_000;

/** KEYS: the ids by time, and a prefix. ARGV: now, and pairs of a request's id and its JSON. */
const rememberScript = {
  name: 'served.remember',
  lua: `
    for i = 2, #ARGV, 2 do
      redis.call('zadd', KEYS[1], ARGV[1], ARGV[i])
      redis.call('set', KEYS[2] .. ARGV[i], ARGV[i + 1], 'PX', ${keptForMs})
    end
    redis.call('zremrangebyscore', KEYS[1], '-inf', ARGV[1] - ${keptForMs})
    local surplus = redis.call('zcard', KEYS[1]) - ${mostKept}
    if surplus > 0 then
      local oldest = redis.call('zpopmin', KEYS[1], surplus)
      for i = 1, #oldest, 2 do redis.call('del', KEYS[2] .. oldest[i]) end
    end
    return 1`,
  reply: z.number(),
};

/** Which requests were answered from which entry, for a day, and no more than so many of them. */
export class ServedHits {
  readonly #redis: RedisCommands;
  readonly #remember;

  constructor(redis: RedisCommands) {
    this.#redis = redis;
    this.#remember = redis.script(rememberScript);
  }

  async remember(hits: readonly ServedHit[], nowMs: number): Promise<void> {
    await this.#remember(
      ['served', 'served:'],
      [nowMs, ...hits.flatMap((hit) => [hit.requestId, JSON.stringify(hit)])],
    );
  }

  async find(requestId: string): Promise<ServedHit | undefined> {
    const json = await this.#redis.run('served.find', (client) => client.get(`served:${requestId}`));
    return json === null ? undefined : servedHitSchema.parse(parseOwnJson(json));
  }
}
