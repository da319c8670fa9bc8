import { adminApi } from '@weir/contracts/admin/admin-api';
import { changeMade } from '@weir/contracts/audit-events';
import { holdsReleased, holdsRenewed, reserve, topUpHold } from '@weir/contracts/cost/admission';
import { spendingLimits } from '@weir/contracts/cost/limits';
import { storedPrices } from '@weir/contracts/cost/prices';
import { environmentCredentials, getRealKey, providerCredentials } from '@weir/contracts/keys/credentials';
import { routingConfigs, targetHealth } from '@weir/contracts/routing/buckets';
import { routerStatus } from '@weir/contracts/routing/insight';
import { completeChat, listModels } from '@weir/contracts/router';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { settingsOf, type Setting } from '@weir/contracts/settings';
import { attemptMade, usageStream } from '@weir/contracts/usage-events';
import { masterKeysConfigSchema } from '@weir/service-kit/crypto/master-keys-config';
import { settingsSchema } from './config.ts';
import { presets, type Preset } from './providers/presets.ts';

export const manifest = serviceManifest({
  name: 'router',
  description: 'Completes chats at the providers',
  serves: [
    completeChat,
    listModels,
    routerStatus,
    routerSealingKey,
    environmentCredentials,
    ...adminApi.filter(({ service }) => service === 'router'),
  ],
  requests: [getRealKey, reserve, topUpHold],
  emits: [attemptMade, changeMade, holdsRenewed, holdsReleased],
  buckets: [routingConfigs, targetHealth],
  follows: [providerCredentials, spendingLimits, storedPrices],
  streams: [usageStream],
  settings: [
    ...settingsOf(settingsSchema, masterKeysConfigSchema),
    ...presets.flatMap(settingsOfPreset),
    // A file of providers may name any variable for a key. This is how such variables are named.
    { name: '*_API_KEY', secret: true, defaultValue: undefined, onlyWith: 'WEIR_PROVIDERS_FILE' },
  ],
});

function settingsOfPreset(preset: Preset): Setting[] {
  const { requires, keyVariable, baseUrlVariable, defaultBaseUrl, headerVariables, queryVariables } = preset;
  const names = new Set([
    ...(keyVariable ? [keyVariable] : []),
    ...requires,
    ...(baseUrlVariable ? [baseUrlVariable] : []),
    ...Object.values({ ...headerVariables, ...queryVariables }),
  ]);
  return [...names].map((name) => ({
    name,
    secret: name === keyVariable,
    defaultValue: name === baseUrlVariable ? defaultBaseUrl : undefined,
  }));
}
