import { adminApi } from '@weir/contracts/admin/admin-api';
import { changeMade } from '@weir/contracts/audit-events';
import { awaitAnswer, lookUpAnswer, storeAnswer } from '@weir/contracts/cache/lookup';
import { guardrailPolicies } from '@weir/contracts/guardrails/policies';
import { completeScreened } from '@weir/contracts/guardrails/screening';
import { completeChat } from '@weir/contracts/router';
import { sealingKeyOf } from '@weir/contracts/sealing-key';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { settingsOf } from '@weir/contracts/settings';
import { configSchemas } from './config.ts';

export const manifest = serviceManifest({
  name: 'guardrails',
  description: 'Screens what goes to providers and what comes back',
  serves: [
    completeScreened,
    sealingKeyOf('guardrails'),
    ...adminApi.filter(({ service }) => service === 'guardrails'),
  ],
  requests: [completeChat, lookUpAnswer, awaitAnswer, storeAnswer],
  emits: [changeMade],
  buckets: [guardrailPolicies],
  settings: settingsOf(...configSchemas),
});
