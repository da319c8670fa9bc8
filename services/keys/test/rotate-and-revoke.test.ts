import {
  createKey,
  deleteKey,
  readKey,
  revokeKey,
  rotateKey,
  updateKey,
} from '@weir/contracts/admin/virtual-keys';
import { virtualKeys } from '@weir/contracts/keys/verification';
import type { Store } from '@weir/service-kit/bus/store';
import { eventually } from '@weir/testkit/eventually';
import { FakeClock } from '@weir/testkit/fake-clock';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDatabase, startKeys, startServers, TestAdmin } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let service: Awaited<ReturnType<typeof startKeys>>;
let admin: TestAdmin;
let store: Store<typeof virtualKeys>;
let database: Client;
/** Real time, which a test may let pass for what the service does from time to time. */
const clock = new FakeClock(Date.now());

beforeAll(async () => {
  servers = await startServers();
  service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url, clock });
  admin = new TestAdmin(service.bus);
  store = await service.bus.store(virtualKeys);
  database = await connectDatabase(servers.postgres.url);
});

afterAll(async () => {
  await database.end();
  await service.stop();
  await servers.close();
});

const endsOf = (id: string) => (store.get(id)?.value.secrets ?? []).map(({ validUntilMs }) => validUntilMs);

describe('rotation', () => {
  test('gives a new secret, and lets the former one be used for the grace period', async () => {
    const made = await admin.ask(createKey, { name: 'k' });
    const rotated = await admin.ask(rotateKey, { id: made.id, grace_seconds: 3_600 });
    const keys = [admin.open(rotated.key), admin.open(made.key)];
    expect(keys[0]).not.toBe(keys[1]);
    expect(rotated.secrets.map(({ last_four }) => last_four)).toEqual(keys.map((key) => key.slice(-4)));
    expect(rotated.revision).toBe(2);
    const [newest, former] = endsOf(made.id);
    expect(newest).toBeUndefined();
    expect(Math.abs((former ?? 0) - Date.now() - 3_600_000)).toBeLessThan(10_000);
  });

  test('never lets a former secret be used for longer than it would have been without it', async () => {
    const { id } = await admin.ask(createKey, { name: 'k' });
    await admin.ask(rotateKey, { id, grace_seconds: 60 });
    const [, end] = endsOf(id);
    await admin.ask(rotateKey, { id, grace_seconds: 7_200 });
    const [, second, first] = endsOf(id);
    expect(first).toBe(end);
    expect(second).toBeGreaterThan(end ?? Infinity);
  });

  test('without a grace period ends all former secrets at once', async () => {
    const { id } = await admin.ask(createKey, { name: 'k' });
    await admin.ask(rotateKey, { id, grace_seconds: 3_600 });
    const { secrets } = await admin.ask(rotateKey, { id, grace_seconds: 0 });
    expect(secrets).toHaveLength(1);
    expect(endsOf(id)).toEqual([undefined]);
  });

  test('adds no more secrets than can be compared with what callers send', async () => {
    const { id } = await admin.ask(createKey, { name: 'k' });
    for (let secrets = 1; secrets < 16; secrets++) await admin.ask(rotateKey, { id });
    await expect(admin.ask(rotateKey, { id })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { param: 'grace_seconds' },
    });
    expect((await admin.ask(rotateKey, { id, grace_seconds: 0 })).secrets).toHaveLength(1);
  });

  test('of two at once makes two secrets, and both are accepted', async () => {
    const { id } = await admin.ask(createKey, { name: 'k' });
    await Promise.all([admin.ask(rotateKey, { id }), admin.ask(rotateKey, { id })]);
    expect((await admin.ask(readKey, { id })).secrets).toHaveLength(3);
    expect(store.get(id)?.value.secrets).toHaveLength(3);
  });

  test('leaves no secret behind for longer than its grace period and some minutes', async () => {
    const { id } = await admin.ask(createKey, { name: 'k' });
    await admin.ask(rotateKey, { id, grace_seconds: 0 });
    const count = async () =>
      (await database.query('select from virtual_key_secrets where virtual_key_id = $1', [id])).rowCount;
    expect(await count()).toBe(2);
    clock.advance(600_000);
    await eventually(async () => {
      expect(await count()).toBe(1);
    });
  });
});

describe('revocation', () => {
  test('is for good: the key is in no bucket, and cannot be changed any more', async () => {
    const { id } = await admin.ask(createKey, { name: 'k' });
    const revoked = await admin.ask(revokeKey, { id });
    expect(revoked).toMatchObject({ status: 'revoked', revision: 2 });
    expect(revoked.revoked_at).not.toBeNull();
    expect(store.get(id)).toBeUndefined();
    for (const endpoint of [updateKey, rotateKey]) {
      await expect(admin.ask(endpoint, { id })).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining('revoked for good') as unknown,
      });
    }
  });

  test('is done once, however often it is asked for, and with whichever revision', async () => {
    const { id, revision } = await admin.ask(createKey, { name: 'k' });
    const first = await admin.ask(revokeKey, { id, expectedRevision: revision });
    expect(await admin.ask(revokeKey, { id, expectedRevision: revision })).toEqual(first);
  });

  test('of a deleted key is not possible, and its id is never given again', async () => {
    const { id } = await admin.ask(createKey, { name: 'k' });
    expect(await admin.ask(deleteKey, { id })).toEqual({ id, deleted: true });
    expect(store.get(id)).toBeUndefined();
    for (const endpoint of [readKey, updateKey, rotateKey, revokeKey, deleteKey])
      await expect(admin.ask(endpoint, { id })).rejects.toMatchObject({ code: 'not_found' });
    const { rows } = await database.query<{ name: string; organisation_id: string }>(
      'select name, organisation_id from virtual_keys where id = $1',
      [id],
    );
    expect(rows).toEqual([{ name: 'k', organisation_id: 'default' }]);
  });
});

test('what was answered is forgotten after a day, and the request is done anew', async () => {
  const ask = () => admin.ask(createKey, { name: 'k', idempotencyKey: 'yesterday' });
  const first = await ask();
  await database.query("update idempotency_keys set created_at = now() - interval '25 hours'");
  clock.advance(600_000);
  await eventually(async () => {
    const { rowCount } = await database.query('select from idempotency_keys');
    expect(rowCount).toBe(0);
  });
  expect((await ask()).id).not.toBe(first.id);
});

test('no reply and no row holds a key that could be used', async () => {
  const made = await admin.ask(createKey, { name: 'k', idempotencyKey: 'canary' });
  const secret = admin.open(made.key).slice(17);
  for (const table of ['virtual_keys', 'virtual_key_secrets', 'idempotency_keys', 'audit_log', 'outbox']) {
    const { rows } = await database.query(`select * from ${table}`);
    expect(JSON.stringify(rows)).not.toContain(secret);
  }
  expect(JSON.stringify([...store.entries()])).not.toContain(secret);
});
