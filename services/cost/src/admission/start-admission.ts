import { holdsReleased, holdsRenewed, reserve, topUpHold } from '@weir/contracts/cost/admission';
import type { spendingLimits } from '@weir/contracts/cost/limits';
import type { DurableEvent } from '@weir/contracts/descriptors';
import type { tenants } from '@weir/contracts/keys/verification';
import { attemptMade, usageAdjusted } from '@weir/contracts/usage-events';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import type { BudgetAlerts } from '../alerts/budget-alerts.ts';
import type { EnteredAttempts } from '../domain/entered-attempts.ts';
import type { ReadUsage } from '../domain/limit-usage.ts';
import type { SpentSource } from '../domain/spent-source.ts';
import { createUsageCounting, settleConsumer } from './count-usage.ts';
import { carryOver } from './carry-over.ts';
import { CountedHolds } from './counted-holds.ts';
import { CounterStore } from './counter-store.ts';
import type { Epoch, StreamPosition } from './epoch.ts';
import { epochScripts } from './epoch-scripts.ts';
import { HoldExpiry } from './hold-expiry.ts';
import { HoldStore } from './hold-store.ts';
import { createCurrentUsage, createReseed, type Reseed } from './limit-usage.ts';
import { LimitsIndex } from './limits-index.ts';
import { Renewals } from './renewals.ts';
import { createReserve } from './reserve.ts';
import { Seeder } from './seeder.ts';
import { Sweeper } from './sweeper.ts';
import { ThresholdAlerts } from './threshold-alerts.ts';

interface AdmissionParts {
  readonly bus: Pick<
    Bus,
    'serve' | 'subscribe' | 'consume' | 'consumerPosition' | 'publishDurable' | 'durablePublished'
  >;
  readonly redis: RedisCommands;
  /** Is told of each connection to Redis. */
  readonly epoch: Epoch;
  readonly limits: Store<typeof spendingLimits>;
  readonly tenants: Store<typeof tenants>;
  readonly spent: SpentSource;
  readonly entered: EnteredAttempts;
  readonly alerts: BudgetAlerts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface RunningAdmission {
  readonly currentUsage: ReadUsage;
  readonly reseed: Reseed;
  /** What it lacks before it can admit, in words for an operator. */
  readonly missing: string[];
  /** Does now what is done each second, and what was begun before. Never rejects. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Admits attempts up to their limits, and counts what they have used. */
export function startAdmission(parts: AdmissionParts): RunningAdmission {
  const { bus, redis, epoch, spent, entered, clock, logger, metrics } = parts;
  const limits = new LimitsIndex(parts);
  const define = epochScripts({ redis, epoch });
  const holds = new HoldStore({ define, clock });
  const counters = new CounterStore({ define });
  const alerts = new ThresholdAlerts({ counters, listener: parts.alerts, logger });
  const seeder = new Seeder({ counters, spent, epoch, clock, metrics });
  const positionOf = (event: DurableEvent) => bus.consumerPosition(event, settleConsumer);
  const settlePositions = () => Promise.all([attemptMade, usageAdjusted].map(positionOf));
  const counted = new CountedHolds({ epoch, entered, settlePositions });
  const shared = { redis, limits, holds, counted, counters, alerts, seeder, clock, logger, metrics };
  const renewals = new Renewals(shared);
  const sweeper = new Sweeper({
    ...{ redis, bus, epoch, clock, logger, metrics },
    expiry: new HoldExpiry(shared),
    carryOver: (to) => carryOver({ ...shared, renewals }, to),
    isKnown: () => limits.isKnown,
  });

  epoch.use({
    redis,
    streamPosition: lastKnown(() => positionOf(attemptMade)),
    onBegun: () => void sweeper.sweep(),
  });
  metrics.gauge(
    {
      name: 'budget_epochs',
      help: 'How often this replica found that Redis may have lost what budgets stand at',
    },
    () => epoch.count,
  );
  const admit = createReserve(shared);
  const counting = createUsageCounting(shared);
  bus.consume(attemptMade, counting.attempts, settleConsumer);
  bus.consume(usageAdjusted, counting.adjustments, settleConsumer);
  const queue = { queue: 'cost' };
  bus.subscribe(holdsRenewed, renewals.renewed.bind(renewals), queue);
  bus.subscribe(holdsReleased, renewals.released.bind(renewals), queue);
  bus.serve(reserve, ({ data: { hold, settles } }) => admit(hold, settles));
  bus.serve(topUpHold, ({ data: { hold } }) => admit(hold));
  sweeper.start();
  void sweeper.sweep();
  return {
    currentUsage: createCurrentUsage(shared),
    reseed: createReseed(shared),
    get missing() {
      return epoch.isKnown ? [] : ['whether Redis has kept what budgets stand at'];
    },
    async settled() {
      await renewals.idle();
      await sweeper.sweep();
    },
    async stop() {
      await sweeper.stop();
      await renewals.idle();
    },
  };
}

/** While JetStream cannot be asked, its stream is the one that it was. */
function lastKnown(ask: StreamPosition): StreamPosition {
  let known: Awaited<ReturnType<StreamPosition>> | undefined;
  return async () => {
    try {
      known = await ask();
    } catch (error) {
      if (!known) throw error;
    }
    return known;
  };
}
