import type { Clock } from '@weir/service-kit/clock';
import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import type { Database } from '@weir/service-kit/database/database';
import type { Query } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import { z } from 'zod';
import { lockBudget } from './budget-rows.ts';
import { reencryptWebhook } from './webhook-secrets.ts';

interface ReEncryptionParts {
  readonly clock: Clock;
  readonly database: Pick<Database, 'query' | 'transaction'>;
  readonly logger: Logger;
  readonly masterKeys: MasterKeys;
  readonly metrics: Metrics;
}

/** How soon it is looked for again: another replica may have been started with former keys. */
const intervalMs = 60_000;

const former: Query = {
  name: 'budgets.former-webhooks',
  text: `select key from user_budgets
    where exists (select from jsonb_array_elements(webhooks) as webhook where webhook->>'master_key_id' <> $1)
    order by key`,
};

const replace: Query = {
  name: 'budgets.replace-webhooks',
  text: 'update user_budgets set webhooks = $2 where key = $1',
};

const keySchema = z.object({ key: z.string() });

/**
 * Encrypts with the newest master key the secrets of webhooks that were encrypted with a former one, until the returned function
 * is called. When none is left, the former keys can be taken away.
 */
export function startWebhookReEncryption({
  clock,
  database,
  logger,
  masterKeys,
  metrics,
}: ReEncryptionParts): () => void {
  let left: number | undefined;
  metrics.gauge(
    {
      name: 'cost_budgets_by_former_master_key',
      help: 'Budgets whose webhooks have secrets that are still encrypted with another master key than the newest',
    },
    () => left ?? Number.NaN,
  );
  const find = async () => rows(keySchema, await database.query(former, [masterKeys.ids[0]]));
  const reencrypt = (key: string) =>
    database.transaction(async (transaction) => {
      const row = await lockBudget(transaction, key, null);
      const webhooks = row?.webhooks.map((webhook) => reencryptWebhook(webhook, key, masterKeys));
      if (webhooks) await transaction.query(replace, [key, JSON.stringify(webhooks)]);
    });
  const run = async () => {
    for (const { key } of await find()) {
      await reencrypt(key).catch((thrown: unknown) => {
        logger.error({ err: thrown, key }, 'the secrets of webhooks cannot be encrypted anew');
      });
    }
    left = (await find()).length;
  };
  const look = () => {
    run().catch((thrown: unknown) => {
      logger.warn({ err: Fault.from(thrown) }, 're-encryption could not go on: it is tried again');
    });
  };
  look();
  return clock.every(intervalMs, look);
}
