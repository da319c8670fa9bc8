import type { Attribution } from '@weir/contracts/cost/admission';
import type { DurableEvent } from '@weir/contracts/descriptors';
import {
  type attemptMade,
  type AttemptMade,
  type usageAdjusted,
  type UsageAdjusted,
} from '@weir/contracts/usage-events';
import { totalTokensOf } from '@weir/pricing/usage-tokens';
import type { DurableHandler, ReceivedEvent } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Metrics } from '@weir/service-kit/metrics';
import { placeOf } from './counter.ts';
import { type CountedUsage, type HoldStore, knownForMs } from './hold-store.ts';
import type { LimitsIndex } from './limits-index.ts';
import type { ThresholdAlerts } from './threshold-alerts.ts';

/** By this name the consumers of usage events that count into limits are told from those of the ledger. */
export const settleConsumer = { as: 'settle' } as const;

interface CountUsageParts {
  readonly limits: Pick<LimitsIndex, 'isKnown' | 'limitsOf'>;
  readonly holds: Pick<HoldStore, 'settle'>;
  readonly alerts: Pick<ThresholdAlerts, 'used'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

export interface UsageCounting {
  readonly attempts: DurableHandler<typeof attemptMade>;
  readonly adjustments: DurableHandler<typeof usageAdjusted>;
}

/** Counts what was used into all limits that it falls under, once, and frees what was held for it. */
export function createUsageCounting({
  limits,
  holds,
  alerts,
  clock,
  metrics,
}: CountUsageParts): UsageCounting {
  const counted = metrics.counter({
    name: 'budget_usage_events_total',
    help: 'Usage events that were counted into limits: of attempts with a hold, without one, and such as came again',
    labels: ['outcome'],
  });
  const count = async (usage: CountedUsage, event: AttemptMade | UsageAdjusted) => {
    const placed = limits.limitsOf(attributionOf(event), event).map((one) => ({
      ...one,
      place: placeOf(one.counter, event.startedAtMs, clock.nowMs()),
    }));
    const settled = await holds.settle(usage, placed);
    counted.labels({ outcome: settled ? (settled.wasHeld ? 'held' : 'not_held') : 'repeated' }).inc();
    const ofMoney = settled ? placed.filter(({ counter }) => counter.unit === 'usd') : [];
    for (const [i, counter] of ofMoney.entries()) alerts.used(counter, settled?.used[i] ?? 0);
  };
  /** A replayed dead letter may be in the ledger, from which its counters were read since: nobody knows. */
  const deliveryOf = ({
    streamSequence: sequence,
    timeMs,
  }: Pick<ReceivedEvent<DurableEvent>, 'streamSequence' | 'timeMs'>) => ({
    sequence,
    isOld: !Number.isFinite(sequence) || (timeMs ?? Infinity) < clock.nowMs() - knownForMs,
  });
  const assertKnown = () => {
    if (!limits.isKnown) throw new Fault('service_unavailable');
  };
  return {
    async attempts(events) {
      assertKnown();
      await Promise.all(
        events.map((event) => count({ ...usageOfAttempt(event.data), ...deliveryOf(event) }, event.data)),
      );
    },
    async adjustments(events) {
      assertKnown();
      await Promise.all(
        events.map((event) => count({ ...usageOfAdjustment(event.data), ...deliveryOf(event) }, event.data)),
      );
    },
  };
}

/** Without how it was delivered. */
type Usage = Omit<CountedUsage, 'sequence' | 'isOld'>;

function usageOfAttempt(event: AttemptMade): Usage {
  const holdId = `${event.requestId}:${event.attempt}`;
  const nanoUsd = event.cost?.nanoUsd ?? 0;
  const requests = event.attempt === 1 ? 1 : 0;
  return {
    eventId: holdId,
    holdId,
    nanoUsd,
    tokens: Math.min(Number.MAX_SAFE_INTEGER, totalTokensOf(event.usage)),
    requests,
    freesHold: true,
  };
}

function usageOfAdjustment({ attempt, kind, nanoUsd = 0, requestId, tokens }: UsageAdjusted): Usage {
  const holdId = `${requestId}:${attempt}`;
  const isCorrection = kind === 'corrected';
  // An attempt that is charged and corrected is counted as the request it was by its own event.
  const requests = attempt === 1 ? (isCorrection ? -1 : 1) : 0;
  const eventId = `${holdId}:${kind}`;
  return { eventId, holdId, nanoUsd, tokens, requests, freesHold: !isCorrection };
}

function attributionOf({
  tenant,
  keyId,
  teamId,
  userId,
  tags,
  endUser,
}: AttemptMade | UsageAdjusted): Attribution {
  return { organisation: tenant, keyId, teamId, userId, tags, endUser };
}
