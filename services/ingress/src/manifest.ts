import { adminApi } from '@weir/contracts/admin/admin-api';
import { listStoredCredentials } from '@weir/contracts/admin/credentials';
import { changeMade } from '@weir/contracts/audit-events';
import { environmentCredentials } from '@weir/contracts/keys/credentials';
import {
  adminKeys,
  authenticationFailed,
  tenants,
  verificationKey,
  verifyAdminKey,
  verifyKey,
  virtualKeys,
} from '@weir/contracts/keys/verification';
import { awaitAnswer, judgeAnswer, lookUpAnswer, storeAnswer } from '@weir/contracts/cache/lookup';
import { cacheRules } from '@weir/contracts/cache/rules';
import { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { completeScreened } from '@weir/contracts/guardrails/screening';
import { completeChat, listModels } from '@weir/contracts/router';
import { routingConfigs } from '@weir/contracts/routing/buckets';
import { routerStatus } from '@weir/contracts/routing/insight';
import { routerSealingKey, sealingKeyOf } from '@weir/contracts/sealing-key';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { settingsOf } from '@weir/contracts/settings';
import { configSchema } from './config.ts';

/** An admin route needs no line here: whatever the list of admin contracts has is asked of the service that serves it. */
export const manifest = serviceManifest({
  name: 'ingress',
  description: 'HTTP in, HTTP out',
  requests: [
    completeChat,
    completeScreened,
    ...[lookUpAnswer, awaitAnswer, storeAnswer, judgeAnswer],
    listModels,
    routerSealingKey,
    routerStatus,
    environmentCredentials,
    verificationKey,
    verifyKey,
    verifyAdminKey,
    sealingKeyOf('keys'),
    sealingKeyOf('cost'),
    sealingKeyOf('guardrails'),
    listStoredCredentials,
    ...adminApi.filter(({ service }) => service !== 'ingress'),
  ],
  emits: [authenticationFailed, changeMade],
  subscribes: [authenticationFailed],
  follows: [virtualKeys, tenants, adminKeys, guardrailPolicies, routingConfigs, cacheRules],
  settings: settingsOf(configSchema),
});
