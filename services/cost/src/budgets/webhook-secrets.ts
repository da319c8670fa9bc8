import { createHash } from 'node:crypto';
import { type AlertsInput, alertsInputSchema } from '@weir/contracts/admin/budgets';
import { documentJsonLimits } from '@weir/contracts/limits';
import { parseOwnJson, tryParseBoundedJson } from '@weir/service-kit/bounded-json';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { openSealed, type SealingKeys } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { z } from 'zod';
import type { StoredWebhook } from './budget-rows.ts';

/** What is encrypted in a token: with its scope, so that it is good for that alone. */
const contentSchema = z.object({ scope: z.string(), url: z.string(), secret: z.string() });

type WebhookContent = z.output<typeof contentSchema>;

/** The alerts of a request, which the ingress has sealed. */
export function openAlerts(sealed: string, sealingKeys: SealingKeys): AlertsInput {
  const parsed = alertsInputSchema.safeParse(
    tryParseBoundedJson(openSealed(sealed, sealingKeys), documentJsonLimits),
  );
  if (!parsed.success)
    throw new Fault('invalid_request', { message: 'The alerts are not valid.', param: 'alerts' });
  return parsed.data;
}

interface StoreOptions {
  readonly hostPolicy: HostPolicy;
  readonly masterKeys: MasterKeys;
  readonly scopeKey: string;
}

/** Webhooks as they are kept. One that was there before, by its URL or its id, keeps its secret where none is given. */
export function storeWebhooks(
  { webhooks }: AlertsInput,
  before: readonly StoredWebhook[],
  { hostPolicy, masterKeys, scopeKey }: StoreOptions,
): StoredWebhook[] {
  return webhooks.map(({ id, secret, url }, index) => {
    const param = (field: string) => `alerts.webhooks[${index}].${field}`;
    if (url === undefined) {
      const named = before.find((webhook) => webhook.id === id);
      if (named) return named;
      const message = 'There is no webhook of this id here: a new one needs its URL and a secret.';
      throw new Fault('invalid_request', { message, param: param('id') });
    }
    const reason = problemOf(new URL(url), hostPolicy);
    if (reason !== undefined) {
      throw new Fault('host_not_allowed', { message: `A webhook ${reason}.`, param: param('url') });
    }
    if (secret !== undefined) return encryptWebhook({ scope: scopeKey, url, secret }, masterKeys);
    const kept = before.find((webhook) => webhook.id === idOf(url));
    if (kept) return kept;
    throw new Fault('invalid_request', {
      message: 'A new webhook needs a secret, with which what is sent to it is signed.',
      param: param('secret'),
    });
  });
}

function problemOf({ origin, password, username }: URL, hostPolicy: HostPolicy): string | undefined {
  if (username !== '' || password !== '') return 'must be a URL without user and password';
  return hostPolicy.checkHost(origin);
}

/** Where a webhook is, and its secret. Throws where it was encrypted for another one, or with no master key that is there. */
export function openWebhook(
  { id, token }: StoredWebhook,
  scopeKey: string,
  masterKeys: MasterKeys,
): WebhookContent {
  const content = contentSchema.parse(parseOwnJson(masterKeys.decrypt(token)));
  if (content.scope === scopeKey && idOf(content.url) === id) return content;
  throw new Error('the secret of a webhook is that of another');
}

/** The same webhook, encrypted with the newest master key. */
export function reencryptWebhook(
  webhook: StoredWebhook,
  scopeKey: string,
  masterKeys: MasterKeys,
): StoredWebhook {
  return encryptWebhook(openWebhook(webhook, scopeKey, masterKeys), masterKeys);
}

function encryptWebhook(content: WebhookContent, masterKeys: MasterKeys): StoredWebhook {
  const [master_key_id] = masterKeys.ids;
  const { host } = new URL(content.url);
  return { id: idOf(content.url), host, token: masterKeys.encrypt(JSON.stringify(content)), master_key_id };
}

const idOf = (url: string) => createHash('sha256').update(url).digest('hex').slice(0, 16);
