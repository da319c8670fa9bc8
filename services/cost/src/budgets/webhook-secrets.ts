import { type AlertsInput, alertsInputSchema } from '@weir/contracts/admin/budgets';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { openSealed, type SealingKeys } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { z } from 'zod';
import type { StoredWebhook } from './budget-rows.ts';

/** With what is encrypted in a token: so it is good for its own scope and URL alone. */
const contentSchema = z.object({ scope: z.string(), url: z.string(), secret: z.string() });

/** The alerts of a request, which the ingress has sealed. */
export function openAlerts(sealed: string, sealingKeys: SealingKeys): AlertsInput {
  const parsed = alertsInputSchema.safeParse(JSON.parse(openSealed(sealed, sealingKeys)));
  if (!parsed.success)
    throw new Fault('invalid_request', { message: 'The alerts are not valid.', param: 'alerts' });
  return parsed.data;
}

interface StoreOptions {
  readonly hostPolicy: HostPolicy;
  readonly masterKeys: MasterKeys;
  readonly scopeKey: string;
}

/** Webhooks as they are kept. A URL that was there before keeps its secret where none is given. */
export function storeWebhooks(
  { webhooks }: AlertsInput,
  before: readonly StoredWebhook[],
  { hostPolicy, masterKeys, scopeKey }: StoreOptions,
): StoredWebhook[] {
  return webhooks.map(({ secret, url }, index) => {
    const reason = hostPolicy.checkHost(new URL(url).origin);
    if (reason !== undefined) {
      throw new Fault('host_not_allowed', {
        message: `A webhook ${reason}.`,
        param: `alerts.webhooks[${index}].url`,
      });
    }
    if (secret !== undefined) return encryptSecret({ scope: scopeKey, url, secret }, masterKeys);
    const kept = before.find((webhook) => webhook.url === url);
    if (kept) return kept;
    throw new Fault('invalid_request', {
      message: 'A new webhook needs a secret, with which what is sent to it is signed.',
      param: `alerts.webhooks[${index}].secret`,
    });
  });
}

/** Throws where it was encrypted for another webhook, or with no master key that is there. */
export function secretOf({ token, url }: StoredWebhook, scopeKey: string, masterKeys: MasterKeys): string {
  const content = contentSchema.parse(JSON.parse(masterKeys.decrypt(token)));
  if (content.scope === scopeKey && content.url === url) return content.secret;
  throw new Error('the secret of a webhook is that of another');
}

/** The same webhook, encrypted with the newest master key. */
export function reencryptWebhook(
  webhook: StoredWebhook,
  scopeKey: string,
  masterKeys: MasterKeys,
): StoredWebhook {
  const { url } = webhook;
  return encryptSecret({ scope: scopeKey, url, secret: secretOf(webhook, scopeKey, masterKeys) }, masterKeys);
}

function encryptSecret(content: z.output<typeof contentSchema>, masterKeys: MasterKeys): StoredWebhook {
  const [master_key_id] = masterKeys.ids;
  return { url: content.url, token: masterKeys.encrypt(JSON.stringify(content)), master_key_id };
}
