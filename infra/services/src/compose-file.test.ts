import { endpoint } from '@weir/contracts/descriptors';
import { serviceManifest } from '@weir/contracts/service-manifest';
import { settingsOf } from '@weir/contracts/settings';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  composePasswords,
  composeRedis,
  composeRoles,
  composeServices,
  serverVariables,
} from './compose-file.ts';

const reserve = endpoint('cost.reserve', { request: z.object({}), reply: z.object({}), timeoutMs: 1 });
const text = z.string().optional();
const cost = serviceManifest({
  name: 'cost',
  description: '',
  serves: [reserve],
  servers: ['postgres', 'redis'],
  settings: settingsOf(
    z.object({ DATABASE_URL: text, WEIR_CURRENCY: text, WEIR_PRICES_FILE: text, LOG_LEVEL: text }),
  ),
});
const door = serviceManifest({
  name: 'door',
  description: '',
  requests: [reserve],
  settings: settingsOf(z.object({ WEIR_PORT: text })),
});

test('a container has its own user, its own settings, and the addresses of the servers that it needs', () => {
  expect(composeServices([cost])).toBe(`  cost:
    <<: *service
    command: [node, services/cost/src/main.ts]
    depends_on:
      nats: { condition: service_healthy }
      roles: { condition: service_completed_successfully }
      redis: { condition: service_healthy }
    environment:
      <<: *settings
      NATS_URL: nats://cost:\${WEIR_NATS_COST_PASSWORD}@nats:4222
      DATABASE_URL: postgresql://cost:\${WEIR_DATABASE_COST_PASSWORD}@postgres:5432/weir
      REDIS_URL: redis://cost:\${WEIR_REDIS_COST_PASSWORD}@redis:6379
      WEIR_CURRENCY:
`);
  expect(serverVariables(cost)).toEqual(['WEIR_DATABASE_COST_PASSWORD', 'WEIR_REDIS_COST_PASSWORD']);
});

test('a container starts after those that it asks, and the port of the one that callers reach is published', () => {
  expect(composeServices([door])).toMatch(
    /depends_on:\n.*service_healthy.*\n.*\n {6}cost: \{ condition: service_started \}/,
  );
  expect(composeServices([door])).toContain('${WEIR_PORT:-8080}:8080');
  expect(composeServices([cost])).not.toContain('ports:');
});

test('each service that needs Postgres has a role there, made before it starts', () => {
  const roles = composeRoles([cost, door]);
  expect(roles).toContain('command: [node, libs/service-kit/src/database/provision.ts, cost]');
  expect(roles).toMatch(/ {6}WEIR_DATABASE_COST_PASSWORD: \$\{WEIR_DATABASE_COST_PASSWORD:\?/);
});

test('Redis keeps what is written, drops nothing, and lets in the services that need it, each to its own keys', () => {
  const redis = composeRedis([cost, door]);
  expect(redis).toContain('appendonly yes\n        maxmemory-policy noeviction\n        user default off\n');
  expect(redis).toContain(
    'user cost on >$$WEIR_REDIS_COST_PASSWORD ~cost:* &cost:* +@all -@admin -@dangerous +info\n',
  );
  expect(redis).toMatch(/ {6}WEIR_REDIS_COST_PASSWORD: \$\{WEIR_REDIS_COST_PASSWORD:\?/);
  expect(redis).not.toContain('user door');
});

test("NATS's container is given the passwords of all of its users", () => {
  const names = [...composePasswords([cost, door]).matchAll(/^ +(\w+):/gm)].map(([, name]) => name);
  expect(names).toEqual(
    ['COST', 'DOOR', 'OPERATOR', 'OBSERVER', 'SUBSCRIBER'].map((user) => `WEIR_NATS_${user}_PASSWORD`),
  );
});
