import { consumedAs } from '@weir/contracts/durable-consumers';
import { tenants } from '@weir/contracts/keys/verification';
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
  emits: [usagePriced],
  consumes: [attemptMade, cacheAnswered, usageAdjusted].map((event) => consumedAs(event, 'ledger')),
  follows: [tenants],
  streams: [usageStream],
  servers: ['postgres', 'redis'],
  settings: settingsOf(...configSchemas),
});
