import type { judgeAnswer } from '@weir/contracts/cache/lookup';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import type { Metrics } from '@weir/service-kit/metrics';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import type { EntryStore } from '../entries/entry-store.ts';

/** What a request was answered with from the cache. */
interface ServedAnswer {
  readonly entry: string;
  readonly tier: 'exact' | 'semantic';
  /** Who was answered. */
  readonly organisation: string;
  /** Of the semantic tier. */
  readonly similarity?: number | undefined;
  readonly partition?: string | undefined;
}

interface Dependencies<Served extends ServedAnswer> {
  readonly served: { find(requestId: string): Promise<Served | undefined> };
  readonly entries: Pick<EntryStore, 'delete'>;
  /** Makes an observation of a verdict on a semantic answer: of the entry, and of its partition. */
  readonly recordVerdict: (served: Served, isRight: boolean) => Promise<void>;
  readonly redis: Pick<RedisCommands, 'run'>;
  readonly metrics: Pick<Metrics, 'counter'>;
}

/** As long as it is known what a request was answered with. */
const judgedMs = 86_400_000;

/**
 * Takes a caller's verdict on an answer that came from the cache. The first for a request counts, and no other. An answer to the
 * very same request cannot be wrong for another reason than that it is bad: it is not given again.
 */
export function createJudgeAnswer<Served extends ServedAnswer>({
  served,
  entries,
  recordVerdict,
  redis,
  metrics,
}: Dependencies<Served>): EndpointHandler<typeof judgeAnswer> {
  const verdicts = metrics.counter({
    name: 'cache_feedback_total',
    help: "Callers' verdicts on answers from the cache, one for each request",
    labels: ['tier', 'verdict'],
  });

  return async ({ data: { request_id: requestId, verdict }, envelope }) => {
    const hit = await served.find(requestId);
    // Of a request of somebody else's a caller learns nothing.
    if (!hit || hit.organisation !== envelope.tenant)
      throw new Fault('not_found', {
        message: `No request ${JSON.stringify(requestId)} was answered from the cache in the last day.`,
        param: 'request_id',
      });
    const { entry, tier } = hit;
    const key = `judged:${requestId}`;
    const isFirst = await redis.run('feedback.judge', (client) =>
      client.set(key, verdict, 'PX', judgedMs, 'NX'),
    );
    if (isFirst) {
      try {
        if (tier === 'semantic') await recordVerdict(hit, verdict === 'right');
        else if (verdict === 'wrong') await entries.delete([entry]);
      } catch (error) {
        // What did not count may be said again.
        await redis.run('feedback.take-back', (client) => client.del(key)).catch(() => undefined);
        throw error;
      }
      verdicts.labels({ tier, verdict }).inc();
    }
    return { request_id: requestId, entry, verdict };
  };
}
