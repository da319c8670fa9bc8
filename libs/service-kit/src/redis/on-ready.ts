import { backoffMs } from '../backoff.ts';
import { waitUnlessAborted, type Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { RedisCommands } from './redis-commands.ts';
import { assertVersion, readServerFacts, RedisTooOld, type ServerFacts } from './server-checks.ts';

/**
 * Called with every connection, before anybody else may use it: for a service that has to look at what a Redis holds which
 * was restarted, or is another (`facts.runId`). Until its promise resolves, all commands but its own fail with
 * `service_unavailable`. Where it rejects, it is called again, after a pause, for as long as the connection is there.
 */
export type OnRedisReady = (facts: ServerFacts, commands: RedisCommands) => Promise<void>;

interface Preparation {
  /** Aborted when the connection is lost. */
  readonly lost: AbortSignal;
  /** Over this connection. */
  readonly commands: RedisCommands;
  readonly onReady?: OnRedisReady;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** After an attempt that has failed. */
const pauses = { firstMs: 100, longestMs: 5_000 };

/**
 * Resolves with what there is to know of the Redis at a connection, once that may be used; with nothing where it is lost
 * before. Rejects, in words for an operator, where the Redis is too old.
 */
export async function untilUsable(preparation: Preparation): Promise<ServerFacts | undefined> {
  const { lost, commands, onReady, clock, logger } = preparation;
  for (let failures = 0; !lost.aborted; failures++) {
    try {
      const facts = readServerFacts(await commands.run('info', (client) => client.info()));
      assertVersion(facts);
      await onReady?.(facts, commands);
      if (isLost(lost)) return undefined;
      return facts;
    } catch (error) {
      if (error instanceof RedisTooOld) {
        // Whoever opened the connection is told only at its beginning.
        logger.error(error.message);
        throw error;
      }
      if (!isLost(lost))
        logger.warn({ err: error }, 'Redis is connected and cannot be used yet: it is looked at again');
    }
    await waitUnlessAborted(backoffMs(failures, pauses), lost, clock);
  }
  return undefined;
}

/** It may have been lost while something was waited for, which the compiler does not see. */
function isLost({ aborted }: AbortSignal): boolean {
  return aborted;
}
