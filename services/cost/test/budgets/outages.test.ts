import { connect } from '@nats-io/transport-node';
import { deleteBudget, readBudget, writeBudget } from '@weir/contracts/admin/budgets';
import { changeMade } from '@weir/contracts/audit-events';
import { spendingLimits } from '@weir/contracts/cost/limits';
import { Fault } from '@weir/service-kit/fault';
import type { Bus } from '@weir/service-kit/bus/bus';
import { eventually } from '@weir/testkit/eventually';
import { eventsIn, storedMessages } from '@weir/testkit/stored-events';
import { connectTestBus } from '@weir/testkit/test-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  connectDatabase,
  publishTenants,
  type Servers,
  startCost,
  startServers,
  TestAdmin,
} from './harness.ts';

let servers: Servers;
let service: Awaited<ReturnType<typeof startCost>>;
let admin: TestAdmin;
const cut = { isCut: false };

/** A bus whose buckets cannot be written while they are cut, as while JetStream is away. */
const cutStores = (bus: Bus): Bus =>
  new Proxy(bus, {
    get(target, name) {
      if (name === 'store') {
        return async (bucket: typeof spendingLimits) => {
          const store = await target.store(bucket);
          const put: typeof store.put = (...args) =>
            cut.isCut ? Promise.reject(new Fault('service_unavailable')) : store.put(...args);
          return new Proxy(store, {
            get: (inner, field) => (field === 'put' ? put : bound(inner, field)),
          });
        };
      }
      return bound(target, name);
    },
  });

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name, target);
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
}

beforeAll(async () => {
  servers = await startServers();
  service = await startCost(servers, {
    wrapBus: cutStores,
    settings: { WEIR_DATABASE_CONNECT_TIMEOUT_MS: '1000' },
  });
  await publishTenants(service.bus);
  admin = new TestAdmin(service.bus);
});

afterAll(async () => {
  await service.stop();
  await servers.close();
});

const limits = [{ unit: 'usd', limit: '10', window: 'month' } as const];
const key = { scope: 'key', id: 'default0' } as const;

test('a limit that is set reaches a replica that follows the bucket within a second', async () => {
  const follower = await connectTestBus({ url: servers.nats.url, service: 'router' });
  const store = await follower.store(spendingLimits);
  const { revision } = await admin.ask(writeBudget, { ...key, limits });
  await eventually(() => {
    expect(store.get('key.default0')?.value.revision).toBe(revision);
  }, 1_000);
  await follower.drain();
});

test('while JetStream is away a limit is stored, its asker hears that it is on its way, and it holds when JetStream is back', async () => {
  const store = await service.bus.store(spendingLimits);
  cut.isCut = true;
  await expect(admin.ask(writeBudget, { scope: 'tag', id: 'late', limits })).rejects.toMatchObject({
    code: 'service_unavailable',
    message: expect.stringContaining('is stored') as unknown,
  });
  expect(await admin.ask(readBudget, { scope: 'tag', id: 'late' })).toMatchObject({ limits });
  expect(store.get('tag.default.late')).toBeUndefined();
  cut.isCut = false;
  await eventually(() => {
    expect(store.get('tag.default.late')?.value).toMatchObject({ limits });
  });
});

test('a bucket that was lost is filled again within seconds, the entry of the installation last', async () => {
  await admin.ask(writeBudget, { scope: 'installation', id: 'all', limits });
  for (let index = 0; index < 30; index++)
    await admin.ask(writeBudget, { scope: 'tag', id: `t${index}`, limits });
  const nats = await connect({ servers: servers.nats.url });
  const seen: string[] = [];
  const subscription = nats.subscribe(`$KV.${spendingLimits.name}.>`, {
    callback: (_, { subject }) => {
      seen.push(subject.replace(`$KV.${spendingLimits.name}.`, ''));
    },
  });
  await nats.request(`$JS.API.STREAM.DELETE.KV_${spendingLimits.name}`);
  await eventually(() => {
    expect(seen).toContain('installation.all');
  }, 20_000);
  expect(seen.slice(0, seen.indexOf('installation.all'))).toEqual(
    expect.arrayContaining(Array.from({ length: 30 }, (_, index) => `tag.default.t${index}`)),
  );
  subscription.unsubscribe();
  await nats.close();
}, 30_000);

test('what somebody wrote into the bucket by hand is put right by the next start', async () => {
  await service.stop();
  const bus = await connectTestBus({ url: servers.nats.url, service: 'cost' });
  const store = await bus.store(spendingLimits);
  const stray = { scope: { kind: 'key', id: 'strayed0' }, limits: [], revision: 1 } as const;
  await store.put('key.strayed0', { ...stray, limits: [] });
  await store.delete('key.default0');
  service = await startCost(servers, {
    wrapBus: cutStores,
    settings: { WEIR_DATABASE_CONNECT_TIMEOUT_MS: '1000' },
  });
  admin = new TestAdmin(service.bus);
  await eventually(() => {
    expect(store.get('key.strayed0')).toBeUndefined();
    expect(store.get('key.default0')?.value).toMatchObject({ limits });
  });
  await bus.drain();
});

test('of two admins who set one limit at once by its revision, one is told that the other was first', async () => {
  const { revision } = await admin.ask(writeBudget, { ...key, limits });
  const set = (limit: string) =>
    admin.ask(writeBudget, {
      ...key,
      limits: [{ unit: 'usd', limit, window: 'day' }],
      expectedRevision: revision,
    });
  const outcomes = await Promise.allSettled(['1', '2', '3', '4'].map(set));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'revision_conflict' });
  }
  const made = { scope: 'tag', id: 'first', limits, expectedRevision: 'none' } as const;
  const makers = await Promise.allSettled([1, 2, 3].map(() => admin.ask(writeBudget, made)));
  expect(makers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('changes at once are all made, and the bucket has the last of them', async () => {
  const store = await service.bus.store(spendingLimits);
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      admin.ask(writeBudget, { ...key, limits: [{ unit: 'requests', limit: index }] }),
    ),
  );
  const { limits: last, revision } = await admin.ask(readBudget, key);
  await eventually(() => {
    const value = store.get('key.default0')?.value;
    expect(value).toMatchObject({ revision, limits: [{ limit: last[0]?.limit }] });
  });
});

test('each change is in the audit log, with what was before and after', async () => {
  await admin.ask(writeBudget, { scope: 'tag', id: 'audited', limits }, { organisation: 'acme' });
  await admin.ask(deleteBudget, { scope: 'tag', id: 'audited' }, { organisation: 'acme' });
  const nats = await connect({ servers: servers.nats.url });
  const target = { kind: 'budget', id: 'tag/acme/audited' };
  await eventually(async () => {
    const messages = await storedMessages(nats, changeMade);
    const told = messages
      .flatMap((message) => eventsIn(changeMade, message))
      .filter(({ data }) => data.target.id === target.id);
    expect(told.map(({ data }) => data)).toMatchObject([
      { action: 'budget.write', organisation: 'acme', target, before: null, after: { limits } },
      { action: 'budget.delete', organisation: 'acme', target, before: { limits }, after: null },
    ]);
  });
  await nats.close();
});

test('while Postgres is away nothing is said not to be there, and the bucket goes on', async () => {
  const store = await service.bus.store(spendingLimits);
  await servers.postgres.kill();
  const outcomes = await Promise.allSettled([
    admin.ask(readBudget, key),
    admin.ask(writeBudget, { ...key, limits }),
    admin.ask(deleteBudget, key),
  ]);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'service_unavailable' } });
  }
  expect(store.get('key.default0')).toBeDefined();
  await servers.postgres.restart();
  const database = await connectDatabase(servers.postgres.url);
  await eventually(async () => {
    expect(await admin.ask(readBudget, key)).toMatchObject(key);
  });
  await database.end();
});
