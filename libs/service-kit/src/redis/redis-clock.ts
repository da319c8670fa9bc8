import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { RedisCommands } from './redis-commands.ts';

interface RedisClockParts {
  readonly clock: Clock;
  /** Milliseconds of a clock that is never set. */
  readonly monotonicMs?: () => number;
}

const intervalMs = 10_000;

/** Seconds and microseconds, as texts. */
const timeSchema = z
  .tuple([z.coerce.number(), z.coerce.number()])
  .transform(([seconds, microseconds]) => seconds * 1_000 + microseconds / 1_000);

/** An answer that took longer says too little of when Redis looked at its clock. */
const maxRoundTripMs = 500;

/**
 * The time of day as Redis has it, to some milliseconds. What replicas keep in Redis has times with it: when a hold expires, what a
 * purge is about. Hosts' own clocks may be seconds apart, and what one has just written has expired for another; by this
 * clock they agree. Deadlines of requests are of the process's own clock. Until Redis has told its time, it is that one.
 */
export class RedisClock implements Clock {
  readonly #clock: Clock;
  readonly #monotonicMs: () => number;
  #aheadMs = 0;
  #stop: (() => void) | undefined;

  constructor({ clock, monotonicMs = () => performance.now() }: RedisClockParts) {
    this.#clock = clock;
    this.#monotonicMs = monotonicMs;
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.#aheadMs;
  }

  every(eachMs: number, task: () => void): () => void {
    return this.#clock.every(eachMs, task);
  }

  after(delayMs: number, task: () => void): () => void {
    return this.#clock.after(delayMs, task);
  }

  /** From now on it goes by this Redis; resolves when that was asked for the first time. While Redis is away it goes on as before. */
  async follow(redis: Pick<RedisCommands, 'run'>): Promise<void> {
    this.stop();
    this.#stop = this.#clock.every(intervalMs, () => void this.#read(redis));
    await this.#read(redis);
  }

  stop(): void {
    this.#stop?.();
  }

  async #read(redis: Pick<RedisCommands, 'run'>): Promise<void> {
    const sentAtMs = this.#monotonicMs();
    const answer = await redis.run('time', (client) => client.time()).catch(() => undefined);
    const tookMs = this.#monotonicMs() - sentAtMs;
    const { data: thenMs } = timeSchema.safeParse(answer);
    if (thenMs === undefined || tookMs > maxRoundTripMs) return;
    const aheadMs = thenMs + tookMs / 2 - this.#clock.nowMs();
    // What is within what can be known is no difference: the clock does not go back and forth.
    if (Math.abs(aheadMs - this.#aheadMs) > tookMs / 2 + 1) this.#aheadMs = Math.round(aheadMs);
  }
}
