import { alertStream } from '@weir/contracts/cost/alerts';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { Database } from '@weir/service-kit/database/database';
import type { Logger } from '@weir/service-kit/logger';
import { createGuardedFetch } from '@weir/service-kit/outbound/guarded-fetch';
import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { createAlerts } from './budget-alerts.ts';
import { consumeAlerts } from './queue-webhooks.ts';
import { createWebhookCaller } from './webhook-caller.ts';
import { WebhookWorker } from './webhook-worker.ts';

interface AlertParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly database: Database;
  readonly hostPolicy: HostPolicy;
  readonly logger: Logger;
  readonly masterKeys: MasterKeys;
}

const maxStreamBytes = 64 * 1024 * 1024;
const timeoutMs = 10_000;
const maxAnswerBytes = 64 * 1024;

/** Alerts from their event to the webhooks that are told of them, until `stop` is called. */
export async function startAlerts({ bus, clock, database, hostPolicy, logger, masterKeys }: AlertParts) {
  await bus.ensureStream({ ...alertStream, maxBytes: maxStreamBytes });
  const fetch = createGuardedFetch({ hostPolicy, timeoutMs, maxBytes: maxAnswerBytes });
  const caller = createWebhookCaller({ clock, database, fetch, masterKeys });
  const worker = new WebhookWorker({ bus, caller, clock, database, logger });
  const onQueued = () => {
    worker.look();
  };
  consumeAlerts(bus, { caller, clock, database, onQueued });
  worker.start();
  return { alerts: createAlerts(bus), stop: () => worker.stop() };
}
