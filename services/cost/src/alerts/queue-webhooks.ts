import { attentionNeeded, thresholdReached, webhookGivenUp } from '@weir/contracts/cost/alerts';
import { installationScope, limitsKey, type Scope } from '@weir/contracts/cost/limits';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Queryable } from '@weir/service-kit/database/query';
import { type BudgetRow, findBudgets } from '../budgets/budget-rows.ts';
import { attentionMessage, thresholdMessage } from './alert-message.ts';
import type { WebhookCaller } from './webhook-caller.ts';
import { addCalls, type NewCall } from './webhook-calls.ts';

interface QueueParts {
  readonly database: Queryable;
  readonly clock: Clock;
  readonly caller: WebhookCaller;
  /** Called when there are calls to make. */
  readonly onQueued: () => void;
}

/** Makes of each alert the calls of the webhooks that receive it. */
export function consumeAlerts(bus: Pick<Bus, 'consume'>, parts: QueueParts): void {
  const { caller, clock, database, onQueued } = parts;
  const queue = async (calls: readonly NewCall[]) => {
    await addCalls(database, calls, clock.nowMs());
    if (calls.length > 0) onQueued();
  };
  bus.consume(thresholdReached, async (events) => {
    const candidates = events.map(({ data: { organisation, scope } }) => candidatesOf(scope, organisation));
    const found = await findBudgets(database, [...new Set(candidates.flat())], null);
    const calls = events.flatMap(({ data, id, timeMs }, index) => {
      const body = thresholdMessage({ id, atMs: timeMs ?? clock.nowMs(), data });
      return callsOf(nearest(candidates[index] ?? [], found), id, body);
    });
    await queue(calls);
  });
  bus.consume(attentionNeeded, async (events) => {
    const found = await findBudgets(database, [limitsKey(installationScope)], null);
    const calls = events.flatMap(({ data, id, timeMs }) =>
      callsOf(found[0], id, attentionMessage({ id, atMs: timeMs ?? clock.nowMs(), data })),
    );
    await queue(calls);
  });
  // It fails as the calls before it have, and is kept as a dead letter; once that is replayed, it is called again.
  const once = { maxEvents: 1, maxDeliveries: 1 };
  bus.consume(
    webhookGivenUp,
    async (events) => {
      for (const { data } of events) await caller.call(data);
    },
    once,
  );
}

/** Whose webhooks receive the alerts of a scope, the nearest first: its own, its organisation's, the installation's. */
function candidatesOf(scope: Scope, organisation: string | undefined): string[] {
  return [
    limitsKey(scope),
    ...(organisation === undefined ? [] : [limitsKey({ kind: 'organisation', id: organisation })]),
    limitsKey(installationScope),
  ];
}

function nearest(candidates: readonly string[], found: readonly BudgetRow[]): BudgetRow | undefined {
  return candidates
    .map((key) => found.find((row) => row.key === key && row.webhooks.length > 0))
    .find((row) => row !== undefined);
}

const callsOf = (row: BudgetRow | undefined, eventId: string, body: string): NewCall[] =>
  (row?.webhooks ?? []).map(({ host, id }) => ({
    eventId,
    scopeKey: row?.key ?? '',
    webhookId: id,
    host,
    body,
  }));
