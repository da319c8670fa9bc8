import type { Clock } from '@weir/service-kit/clock';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import type { GuardedFetch } from '@weir/service-kit/outbound/guarded-fetch';
import { signatureOf } from '@weir/service-kit/outbound/webhook-signature';
import { findBudgets } from '../budgets/budget-rows.ts';
import { openWebhook } from '../budgets/webhook-secrets.ts';
import type { NewCall } from './webhook-calls.ts';

interface CallerParts {
  readonly database: Queryable;
  readonly fetch: GuardedFetch;
  readonly masterKeys: MasterKeys;
  readonly clock: Clock;
}

export interface WebhookCaller {
  /** Resolves when it was taken, or when nobody wants it any more. Rejects with a Fault. */
  call(call: Pick<NewCall, 'scopeKey' | 'webhookId' | 'body'>): Promise<void>;
}

export function createWebhookCaller({ clock, database, fetch, masterKeys }: CallerParts): WebhookCaller {
  return {
    async call({ body, scopeKey, webhookId }) {
      const [row] = await findBudgets(database, [scopeKey], null);
      const webhook = row?.webhooks.find((each) => each.id === webhookId);
      if (!webhook) return;
      const { secret, url } = openWebhook(webhook, scopeKey, masterKeys);
      const { status } = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/cloudevents+json',
          'weir-signature': signatureOf(body, secret, Math.floor(clock.nowMs() / 1_000)),
        },
        body,
      });
      if (status >= 200 && status < 300) return;
      throw new Fault('upstream_error', { cause: new Error(`the webhook has answered with ${status}`) });
    },
  };
}
