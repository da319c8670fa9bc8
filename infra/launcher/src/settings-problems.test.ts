import { configSchema as ingress } from '@weir/ingress/config';
import { configSchema as keys } from '@weir/keys/config';
import { configSchema as router } from '@weir/router/config';
import { services } from '@weir/services/services';
import { testMasterKey } from '@weir/testkit/gateway';
import { expect, test } from 'vitest';
import type { ZodType } from 'zod';
import { settingsProblems } from './settings-problems.ts';

const schemas: Partial<Record<string, ZodType>> = { ingress, keys, router };
const problemsOf = (variables: NodeJS.ProcessEnv) =>
  settingsProblems(services, { WEIR_MASTER_KEYS: testMasterKey, ...variables }, (name) =>
    Promise.resolve(schemas[name]),
  );

test('the problems of all services are told together, and each once', async () => {
  const problems = await problemsOf({
    LOG_LEVEL: 'loud',
    WEIR_MAX_RECEIVING_BYTES: 'much',
    OPENAI_API_KEY: 'sk-x',
    OPENAI_BASE_URL: 'nowhere',
    WEIR_MODEL_DISCOVERY_INTERVAL_MS: '-1',
  });
  const names = [
    'LOG_LEVEL',
    'WEIR_MAX_RECEIVING_BYTES',
    'OPENAI_BASE_URL',
    'WEIR_MODEL_DISCOVERY_INTERVAL_MS',
  ];
  expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(names.sort());
});

test('what the launcher gives by itself is nothing that a user has forgotten', async () => {
  expect(await problemsOf({ WEIR_ADMIN_KEY: 'weir-admin-of-the-tests' })).toEqual([]);
});
