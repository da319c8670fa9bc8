import {
  deleteConfig,
  listConfigRevisions,
  listConfigs,
  readConfig,
  rollBackConfig,
  sealingKey,
  writeConfig,
} from '@weir/contracts/routing/admin';
import { dryRunRouting, routerStatus } from '@weir/contracts/routing/insight';
import { completeChat, listModels } from '@weir/contracts/router';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { settingsOf } from '@weir/contracts/settings';
import { configSchema } from './config.ts';

export const manifest = serviceManifest({
  name: 'ingress',
  description: 'HTTP in, HTTP out',
  requests: [
    completeChat,
    listModels,
    sealingKey,
    listConfigs,
    readConfig,
    writeConfig,
    deleteConfig,
    listConfigRevisions,
    rollBackConfig,
    dryRunRouting,
    routerStatus,
  ],
  settings: settingsOf(configSchema),
});
