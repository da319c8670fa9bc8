import { Fault } from '@weir/service-kit/fault';
import type { RedisCommands, ScriptDefinition } from '@weir/service-kit/redis/redis-commands';
import type { LimitUnit } from '@weir/contracts/cost/limits';
import type { z, ZodType } from 'zod';
import type { Counter, CounterPlace } from './counter.ts';
import type { Epoch } from './epoch.ts';
import { epochKey, type EpochRecord } from './epoch-record.ts';
import type { LimitedCounter } from './limits-index.ts';

const unitLetters: Record<LimitUnit, string> = {
  usd: 'u',
  tokens: 't',
  requests: 'q',
  parallel_requests: 'p',
};

/**
 * What units are called in the scripts. Requests are held until they are settled as all else is (`q`), so that what is used is what
 * the ledger has; but in a rolling window they count from when they begin (`r`), and leave it though they are under way.
 */
export function unitLetter({ unit, window }: Counter): string {
  return unit === 'requests' && window.kind === 'rolling' ? 'r' : unitLetters[unit];
}

/** A counter at the place where an attempt is counted. */
export type PlacedCounter = LimitedCounter & { readonly place: CounterPlace };

export interface Call {
  readonly keys: readonly string[];
  readonly values: readonly (string | number)[];
}

/** Runs the call in the current epoch; with `open`, only where that admits. */
type EpochScript<Reply> = (
  callOf: (epoch: EpochRecord) => Call,
  state?: 'current' | 'open',
) => Promise<Reply>;

interface EpochScriptsParts {
  readonly redis: Pick<RedisCommands, 'script'>;
  readonly epoch: Pick<Epoch, 'current' | 'open' | 'refresh'>;
}

/** Makes scripts that run in an epoch: once more in the next one, where that has just begun. */
export function epochScripts({ redis, epoch }: EpochScriptsParts) {
  return <Reply extends ZodType<[string, ...unknown[]]>>(
    definition: ScriptDefinition<Reply>,
  ): EpochScript<z.output<Reply>> => {
    const script = redis.script(definition);
    return async (callOf, state = 'current') => {
      for (const isLast of [false, true]) {
        const { [state]: record } = epoch;
        const { keys, values } = callOf(record);
        const reply = await script([epochKey, ...keys], [record.text, ...values]);
        if (reply[0] !== 'epoch') return reply;
        if (!isLast) await epoch.refresh();
      }
      throw new Fault('service_unavailable', { retryAfterMs: 1_000 });
    };
  };
}

export type DefineScript = ReturnType<typeof epochScripts>;

/** The hash of a counter. Those of earlier epochs are never read again. */
export function counterKey({ id }: EpochRecord, { counter }: LimitedCounter): string {
  return `counter:${id}:${counter.key}`;
}
