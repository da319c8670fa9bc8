import { adminApi } from '@weir/contracts/admin/admin-api';
import { changeMade } from '@weir/contracts/audit-events';
import { alertStream, attentionNeeded, thresholdReached, webhookGivenUp } from '@weir/contracts/cost/alerts';
import { holdsReleased, holdsRenewed, reserve, topUpHold } from '@weir/contracts/cost/admission';
import { spendingLimits } from '@weir/contracts/cost/limits';
import { consumedAs } from '@weir/contracts/durable-consumers';
import { tenants, virtualKeys } from '@weir/contracts/keys/verification';
import { sealingKeyOf } from '@weir/contracts/sealing-key';
import { storedPrices } from '@weir/contracts/cost/prices';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { settingsOf } from '@weir/contracts/settings';
import {
  attemptMade,
  cacheAnswered,
  usageAdjusted,
  usagePriced,
  usageStream,
} from '@weir/contracts/usage-events';
import { configSchemas } from './config.ts';

export const manifest = serviceManifest({
  name: 'cost',
  description: 'Prices, budgets and rate limits, the ledger of usage, and its reports',
  serves: [reserve, topUpHold, sealingKeyOf('cost'), ...adminApi.filter(({ service }) => service === 'cost')],
  emits: [changeMade, thresholdReached, attentionNeeded, webhookGivenUp, usageAdjusted, usagePriced],
  subscribes: [holdsRenewed, holdsReleased],
  consumes: [
    thresholdReached,
    attentionNeeded,
    webhookGivenUp,
    ...[attemptMade, cacheAnswered, usageAdjusted].map((event) => consumedAs(event, 'ledger')),
    ...[attemptMade, usageAdjusted].map((event) => consumedAs(event, 'settle')),
  ],
  buckets: [spendingLimits, storedPrices],
  follows: [tenants, virtualKeys],
  streams: [usageStream, alertStream],
  servers: ['postgres', 'redis'],
  settings: settingsOf(...configSchemas),
});
