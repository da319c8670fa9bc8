import { createAdminKey, deleteAdminKey, listAdminKeys } from '@weir/contracts/admin/admin-keys';
import { deleteCredential, listStoredCredentials, updateCredential } from '@weir/contracts/admin/credentials';
import { createKey, importKeys, listKeys, revokeKey, rotateKey } from '@weir/contracts/admin/virtual-keys';
import {
  adminKeys,
  verificationKey,
  verifyAdminKey,
  verifyKey,
  virtualKeys,
} from '@weir/contracts/keys/verification';
import { getRealKey, providerCredentials } from '@weir/contracts/keys/credentials';
import { createSealingPair } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { eventually } from '@weir/testkit/eventually';
import { testMasterKey } from '@weir/testkit/gateway';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AuditAdmin } from './audit-admin.ts';
import { tapBus } from './bus-tap.ts';
import { CredentialAdmin } from './credential-admin.ts';
import { startKeys, startServers } from './harness.ts';
import { openTables } from './test-tables.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let tables: Awaited<ReturnType<typeof openTables>>;
let bus: Awaited<ReturnType<typeof tapBus>>;
const metrics = createMetrics('keys');
const planted = ['sk-planted-canary-one-0123456789', 'sk-planted-canary-two-0123456789'] as const;

/** Every place where something could lie that was said in this run. */
const places = new Map<string, string>();
const note = (place: string, said: unknown) => {
  places.set(place, (places.get(place) ?? '') + (typeof said === 'string' ? said : JSON.stringify(said)));
};

beforeAll(async () => {
  servers = await startServers();
  bus = await tapBus(servers.nats.url);
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    note('logs', String(line));
    return true;
  });
  const logger = createLogger({ service: 'keys', instance: 'test', level: 'trace' });
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url, logger, metrics });
  tables = await openTables(servers.postgres.url);
});

afterAll(async () => {
  bus.close();
  await tables.close();
  await service.stop();
  await servers.close();
  vi.restoreAllMocks();
});

/** What a text looks like where it was encoded, wherever in the encoded text it begins. */
function formsOf(secret: Buffer): string[] {
  const base64 = [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), secret]).toString('base64');
    const inner = encoded.slice(4, -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [secret.toString('latin1'), secret.toString('hex'), ...base64];
}

async function see(work: () => Promise<unknown>): Promise<void> {
  try {
    note('replies', await work());
  } catch (thrown) {
    note('faults', Fault.from(thrown).toData());
  }
}

/** Every endpoint with secrets, in good and in bad order. Answers with the keys that were made. */
async function useEverything() {
  const admin = new CredentialAdmin(service.bus);
  const audit = new AuditAdmin(service.bus);
  const [one, two] = planted;
  const named = { name: 'main', provider: 'openai' };
  const { id } = await admin.create({ ...named, key: one, idempotencyKey: 'first' });
  await admin.ask(updateCredential, { id, sealedApiKey: await admin.seal(two) });
  const other = await admin.create({ name: 'other', provider: 'openai', key: one });
  await see(() => admin.create({ ...named, key: two }));
  await see(() => admin.create({ ...named, key: two, idempotencyKey: 'first' }));
  await see(() => admin.create({ name: 'wrong', provider: 'openai', key: `${two} with space` }));
  await see(() => admin.create({ name: 'nobody', provider: 'openai', key: two, organisation_id: 'nobody' }));
  await see(() => admin.ask(listStoredCredentials, {}));
  await see(() => admin.ask(getRealKey, { credentialId: id, publicKey: createSealingPair().publicKey }));
  await see(() => admin.ask(getRealKey, { credentialId: id, publicKey: 'X' }));
  await tables.sql(
    'update provider_keys set token = (select token from provider_keys where id = $1)',
    other.id,
  );
  await tables.sql("insert into outbox (kind, id) values ('credential', $1)", id);
  await eventually(() => expect(admin.realKey(id)).rejects.toMatchObject({ code: 'internal_error' }));
  await see(() => admin.ask(deleteCredential, { id }));

  const virtual = await admin.ask(createKey, { name: 'a key', idempotencyKey: 'virtual' });
  const rotated = await admin.ask(rotateKey, { id: virtual.id, grace_seconds: 60 });
  const csv = 'name\nfirst\nsecond\n';
  const imported = await admin.ask(importKeys, { format: 'csv', content: csv, idempotencyKey: 'import' });
  await see(() => admin.ask(revokeKey, { id: virtual.id }));
  await see(() => admin.ask(listKeys, {}));
  const asked = { name: 'an admin', scopes: ['owner' as const], idempotencyKey: 'admin' };
  const kept = await admin.ask(createAdminKey, asked);
  const deleted = await admin.ask(createAdminKey, { name: 'deleted', scopes: ['read'] });
  await see(() => admin.ask(deleteAdminKey, { id: deleted.id }));
  await see(() => admin.ask(listAdminKeys, {}));
  await see(() => admin.ask(verifyAdminKey, { keyId: kept.id }));
  await see(() => admin.ask(verifyKey, { keyId: virtual.id }));
  await see(() => admin.ask(verificationKey, { publicKey: createSealingPair().publicKey }));
  await see(() => audit.list({ limit: 500 }));
  await see(() => audit.verify());
  return [virtual, kept, deleted, rotated, ...imported.data].map(({ key }) => admin.open(key));
}

async function lookAround(): Promise<void> {
  const stores = [providerCredentials, adminKeys, virtualKeys];
  const entries = await Promise.all(
    stores.map(async (bucket) => [...(await service.bus.store<(typeof stores)[number]>(bucket)).entries()]),
  );
  note('buckets', entries);
  const names = await tables.sql(
    "select table_name as name from information_schema.tables where table_schema = 'keys'",
  );
  for (const { name } of names)
    note(`table ${String(name)}`, await tables.sql(`select * from ${String(name)}`));
  note('bus', bus.heard());
  note('metrics', await metrics.expose());
}

test('neither a real key, nor a key that was made, nor the keys behind them lie anywhere in the clear', async () => {
  const made = await useEverything();
  await lookAround();
  const { auditKey, verificationKey: key } = await tables.installation();
  const texts = [...planted, ...made.map((text) => text.slice(-43)), testMasterKey];
  const secrets = [
    ...texts.map((text) => Buffer.from(text)),
    auditKey.export(),
    key,
    Buffer.from(testMasterKey, 'base64url'),
  ];
  for (const [place, content] of places) {
    for (const form of secrets.flatMap(formsOf)) {
      if (content.includes(form)) expect.fail(`${place} holds a secret: ${form.slice(0, 12)}...`);
    }
  }
  // It would be found: what is public is.
  for (const place of ['replies', 'buckets', 'table audit_log', 'bus'])
    expect(places.get(place)).toContain(made[1]?.slice('weir-admin-'.length).slice(0, 8));
  expect(places.get('faults')).toContain('already_exists');
  expect(places.get('metrics')).toContain('keys_unreadable_credentials_total');
  expect(places.get('logs')).not.toBe('');
});
