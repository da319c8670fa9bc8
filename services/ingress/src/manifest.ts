import { adminApi } from '@weir/contracts/admin/admin-api';
import { completeChat, listModels } from '@weir/contracts/router';
import { routerStatus } from '@weir/contracts/routing/insight';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { settingsOf } from '@weir/contracts/settings';
import { configSchema } from './config.ts';

/** An admin route needs no line here: whatever the list of admin contracts has is asked of the service that serves it. */
export const manifest = serviceManifest({
  name: 'ingress',
  description: 'HTTP in, HTTP out',
  requests: [
    completeChat,
    listModels,
    routerSealingKey,
    routerStatus,
    ...adminApi.filter(({ service }) => service !== 'ingress'),
  ],
  settings: settingsOf(configSchema),
});
