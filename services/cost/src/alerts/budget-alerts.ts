import { createHash, randomUUID } from 'node:crypto';
import { attentionNeeded, thresholdReached } from '@weir/contracts/cost/alerts';
import type { DataOf } from '@weir/contracts/descriptors';
import type { Bus } from '@weir/service-kit/bus/bus';

export type ThresholdAlert = DataOf<typeof thresholdReached>;
export type AttentionAlert = DataOf<typeof attentionNeeded>;

export interface BudgetAlerts {
  /** So much of a limit is used: one event for each threshold and window, however often this is called. */
  reached(alert: ThresholdAlert): void;
}

export interface OperatorAlerts {
  /** Something of the installation's accounts needs somebody to look at it. Calls with the same id make one event. */
  notify(alert: AttentionAlert, id?: string): void;
}

/** Both as durable events, which are on their way when these return. */
export function createAlerts(bus: Pick<Bus, 'publishDurable'>): BudgetAlerts & OperatorAlerts {
  return {
    reached(alert) {
      const { limit, scope, thresholdPercent, windowStartMs } = alert;
      const identity = JSON.stringify([scope, limit, thresholdPercent, windowStartMs]);
      const id = createHash('sha256').update(identity).digest('base64url');
      bus.publishDurable(thresholdReached, alert, id);
    },
    notify(alert, id = randomUUID()) {
      bus.publishDurable(attentionNeeded, alert, id);
    },
  };
}
