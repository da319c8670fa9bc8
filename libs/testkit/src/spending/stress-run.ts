import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import { seededRandom } from '../seeded-random.ts';
import { type CostFleet, openCostFleet } from './cost-fleet.ts';
import { Crowd, usageOf } from './crowd.ts';
import { keyWithLimits, type LimitedKey, type Spending, spendingOf } from './spending.ts';

/** What was seen while the crowd was at work, in nano-USD. */
interface Seen {
  /** How often it was looked: at least once before the crashes, and once after them. */
  readonly samples: number;
  /** The most that was used and held at once, by what the admin API says. */
  readonly mostNanoUsd: number;
  /** What the provider had answered in full in the end, by its own count. */
  readonly answeredNanoUsd: number;
  /** How often requests ended how: `429 insufficient_quota`. */
  readonly outcomes: Readonly<Record<string, number>>;
}

export const stressLimitNanoUsd = 1_000_000_000;

/**
 * Many clients at once against a budget of one dollar, some of whom leave, while one replica of each service and Redis are killed
 * one after the other. The same seed makes the same choices; what comes of them also depends on the machine.
 */
export class StressRun {
  readonly fleet: CostFleet;
  readonly key: LimitedKey;
  readonly random: () => number;

  private constructor(fleet: CostFleet, key: LimitedKey, seed: number) {
    this.fleet = fleet;
    this.key = key;
    this.random = seededRandom(seed);
  }

  static async open({ seed }: { seed: number }): Promise<StressRun> {
    const fleet = await openCostFleet({ redis: 'own', counts: { cost: 3, ingress: 3, router: 2 } });
    const key = await keyWithLimits(fleet.admins[0], [{ unit: 'usd', limit: '1', window: 'total' }]);
    return new StressRun(fleet, key, seed);
  }

  async run({ clients }: { clients: number }): Promise<Seen> {
    const { fleet, key, random } = this;
    const crowd = new Crowd({ fleet, key, random, size: clients });
    const seen = { samples: 0, mostNanoUsd: 0 };
    const working = crowd.work();
    const watching = this.#watch(crowd, seen);
    const sampled = () => {
      const { samples } = seen;
      return eventually(() => {
        if (seen.samples === samples) throw new Error('nobody says what is used');
      }, 40_000);
    };
    await sampled();
    await delay(1_000);
    await this.#crashEverything();
    await sampled();
    await eventually(() => {
      if (!crowd.isRefused) throw new Error('the budget has refused nobody yet');
      // On a busy machine holds fill the budget long before the first answers.
      if ((crowd.outcomes['200'] ?? 0) <= 50) throw new Error('hardly anybody was answered yet');
    }, 45_000);
    crowd.end();
    await working;
    await watching;
    return { ...seen, answeredNanoUsd: this.answeredNanoUsd(), outcomes: crowd.outcomes };
  }

  /** What is used and held, as any ingress tells it; undefined while none can. */
  async spending(): Promise<Spending | undefined> {
    for (const admin of this.fleet.admins) {
      const told = await spendingOf(admin, this.key).catch(() => undefined);
      if (told) return told;
    }
    return undefined;
  }

  /** Resolves to what is used once nothing is held any more: what a crash left is charged by then. */
  async settled(withinMs: number): Promise<number> {
    return eventually(async () => {
      const told = await this.spending();
      if (told?.heldNanoUsd !== 0) throw new Error(`${told?.heldNanoUsd} nano-USD are still held`);
      return told.usedNanoUsd;
    }, withinMs);
  }

  /** What the calls cost that the provider has answered in full, by its own count. */
  answeredNanoUsd(): number {
    const answered = this.fleet.provider.requests.filter(
      ({ method, finished }) => method === 'POST' && finished,
    );
    return answered.reduce((sum, { body }) => sum + usageOf(body).nanoUsd, 0);
  }

  close(): Promise<void> {
    return this.fleet.close();
  }

  async #watch(crowd: Crowd, seen: { samples: number; mostNanoUsd: number }): Promise<void> {
    while (!crowd.isOver) {
      const told = await this.spending();
      if (told) {
        seen.samples++;
        seen.mostNanoUsd = Math.max(seen.mostNanoUsd, told.usedNanoUsd + told.heldNanoUsd);
      }
      await delay(150);
    }
  }

  /** Within some seconds, so that much is under way at each crash. Resolves when all is there again. */
  async #crashEverything(): Promise<void> {
    const { fleet, random } = this;
    const replaced: Promise<void>[] = [];
    for (const service of ['cost', 'ingress', 'router', 'keys'] as const) {
      replaced.push(fleet.crash(service));
      await delay(200 + random() * 500);
    }
    await fleet.gateway.redis?.kill();
    await delay(200 + random() * 500);
    await fleet.gateway.redis?.restart();
    await Promise.all(replaced);
  }
}
