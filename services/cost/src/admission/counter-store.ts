import { randomInt } from 'node:crypto';
import { counterKey, type DefineScript, type PlacedCounter } from './epoch-scripts.ts';
import type { LimitedCounter } from './limits-index.ts';
import {
  beginSeedScript,
  claimAlertsScript,
  endSeedScript,
  forgetScript,
  readCounterScript,
} from './scripts/counters.ts';

/** A random number below it tells one reading of the ledger from others. */
const maxToken = 2 ** 48 - 1;

export interface Seed {
  /** Of `beginSeed`. */
  readonly token: number;
  /** The sequence of the stream up to which all is in the sums. */
  readonly throughSequence: number;
  readonly begunAtMs: number;
  /** By the index in the counter. */
  readonly used: ReadonlyMap<number, number>;
}

/** What is done with counters but for holds and usage. */
export class CounterStore {
  readonly #scripts;

  constructor({ define }: { define: DefineScript }) {
    this.#scripts = {
      beginSeed: define(beginSeedScript),
      endSeed: define(endSeedScript),
      forget: define(forgetScript),
      claimAlerts: define(claimAlertsScript),
      readCounter: define(readCounterScript),
    };
  }

  /** From now on the counter keeps what comes until `endSeed`, which needs the token. Undefined where it is seeded. */
  async beginSeed(counter: PlacedCounter): Promise<number | undefined> {
    const { suffix, ttlMs } = counter.place;
    const { since, newest } = counter.revisions;
    const [, token] = await this.#scripts.beginSeed((epoch) => ({
      keys: [counterKey(epoch, counter)],
      values: [suffix, ttlMs, since, newest, randomInt(1, maxToken)],
    }));
    return token;
  }

  /** `lost`: not all that has come in the meantime was kept. */
  async endSeed(counter: PlacedCounter, seed: Seed): Promise<'seeded' | 'lost'> {
    const { token, throughSequence, begunAtMs, used } = seed;
    const [word] = await this.#scripts.endSeed((epoch) => ({
      keys: [counterKey(epoch, counter)],
      values: [counter.place.suffix, throughSequence, begunAtMs, token, ...[...used].flat()],
    }));
    return word === 'seeded' ? word : 'lost';
  }

  /** It is read from the ledger before it is used again. */
  async forget(counter: PlacedCounter, nowMs: number): Promise<void> {
    await this.#scripts.forget((epoch) => ({
      keys: [counterKey(epoch, counter)],
      values: [counter.place.suffix, nowMs],
    }));
  }

  /** Answers with the thresholds of which nobody was told in the window whose fields begin so. */
  async claimAlerts(
    counter: LimitedCounter,
    fieldPrefix: string,
    thresholds: readonly number[],
  ): Promise<number[]> {
    const [, ...claimed] = await this.#scripts.claimAlerts((epoch) => ({
      keys: [counterKey(epoch, counter)],
      values: [fieldPrefix, ...thresholds],
    }));
    return claimed;
  }

  /** By the names of its fields: see `scripts/prelude.ts`. */
  async readCounter(counter: LimitedCounter): Promise<Map<string, string>> {
    const [, ...pairs] = await this.#scripts.readCounter((epoch) => ({
      keys: [counterKey(epoch, counter)],
      values: [],
    }));
    const fields = new Map<string, string>();
    for (let i = 0; i + 1 < pairs.length; i += 2) fields.set(pairs[i] ?? '', pairs[i + 1] ?? '');
    return fields;
  }
}
