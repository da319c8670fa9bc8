import { adminApi } from '@weir/contracts/admin/admin-api';
import { changeMade } from '@weir/contracts/audit-events';
import {
  answerSettled,
  awaitAnswer,
  judgeAnswer,
  lookUpAnswer,
  storeAnswer,
} from '@weir/contracts/cache/lookup';
import { cachePurges } from '@weir/contracts/cache/purges';
import { cacheRules } from '@weir/contracts/cache/rules';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { settingsOf } from '@weir/contracts/settings';
import { cacheAnswered } from '@weir/contracts/usage-events';
import { configSchemas } from './config.ts';

export const manifest = serviceManifest({
  name: 'cache',
  description: 'Answers again what was answered before: the same request, or a question that means the same',
  serves: [
    ...[lookUpAnswer, awaitAnswer, storeAnswer, judgeAnswer],
    ...adminApi.filter(({ service }) => service === 'cache'),
  ],
  emits: [answerSettled, cacheAnswered, changeMade],
  subscribes: [answerSettled],
  buckets: [cacheRules, cachePurges],
  servers: ['redis', 'vectors'],
  settings: settingsOf(...configSchemas),
});
