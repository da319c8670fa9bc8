import { changeMade } from '@weir/contracts/audit-events';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { settingsOf } from '@weir/contracts/settings';
import { usageStream } from '@weir/contracts/usage-events';
import { configSchemas } from './config.ts';

export const manifest = serviceManifest({
  name: 'cost',
  description: 'Prices, budgets and rate limits, the ledger of usage, and its reports',
  emits: [changeMade],
  streams: [usageStream],
  servers: ['postgres', 'redis'],
  settings: settingsOf(...configSchemas),
});
