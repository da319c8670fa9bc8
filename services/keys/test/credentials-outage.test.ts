import { listStoredCredentials } from '@weir/contracts/admin/credentials';
import { changeMade } from '@weir/contracts/audit-events';
import { Database } from '@weir/service-kit/database/database';
import { createMetrics } from '@weir/service-kit/metrics';
import { eventually } from '@weir/testkit/eventually';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AuditAdmin, changeBy } from './audit-admin.ts';
import { CredentialAdmin } from './credential-admin.ts';
import { startKeys, startServers } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
const metrics = createMetrics('keys');

beforeAll(async () => {
  servers = await startServers();
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url, metrics });
});

afterAll(async () => {
  vi.restoreAllMocks();
  await service.stop();
  await servers.close();
});

test('while Postgres is away routers get real keys, changes are refused, and what others tell waits and is lost nowhere', async () => {
  const admin = new CredentialAdmin(service.bus);
  const audit = new AuditAdmin(service.bus);
  const { id } = await admin.create({ name: 'main', provider: 'openai', key: 'sk-known-0123' });
  await servers.postgres.kill();
  const away = { code: 'service_unavailable' };
  await expect(admin.ask(listStoredCredentials, {})).rejects.toMatchObject(away);
  await expect(admin.create({ name: 'more', provider: 'openai', key: 'sk-more-0123' })).rejects.toMatchObject(
    away,
  );
  await expect(audit.verify()).rejects.toMatchObject(away);
  expect(await admin.realKey(id)).toEqual({ key: 'sk-known-0123', version: 1 });
  const told = Array.from({ length: 20 }, (_, index) => `event-${index}`);
  const handled = vi.spyOn(Database.prototype, 'transaction');
  for (const eventId of told) service.bus.publishDurable(changeMade, changeBy(), eventId);
  await eventually(() => {
    expect(handled).toHaveBeenCalled();
  });
  await servers.postgres.restart();
  await eventually(async () => {
    expect((await audit.list({ action: 'config.write', limit: 100 })).data).toHaveLength(told.length);
  }, 20_000);
  expect(await audit.verify()).toMatchObject({ intact: true, entries: told.length + 1 });
  expect(await metrics.expose()).not.toMatch(/weir_bus_dead_letters_total\{.*\} [1-9]/);
  expect(await admin.create({ name: 'more', provider: 'openai', key: 'sk-more-0123' })).toBeTruthy();
});
