import { createTeam, updateTeam } from '@weir/contracts/admin/teams';
import {
  createKey,
  deleteKey,
  listKeys,
  revokeKey,
  rotateKey,
  updateKey,
} from '@weir/contracts/admin/virtual-keys';
import { tenants, virtualKeys } from '@weir/contracts/keys/verification';
import { Fault } from '@weir/service-kit/fault';
import { eventually } from '@weir/testkit/eventually';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startKeys, startServers, TestAdmin } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let replicas: Awaited<ReturnType<typeof startKeys>>[];
let admin: TestAdmin;

beforeAll(async () => {
  servers = await startServers();
  const start = () => startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url, cut: slowWrites });
  // The requests of a queue group go to either of them.
  replicas = await Promise.all([start(), start()]);
  admin = new TestAdmin(replicas[0]?.bus ?? never());
});

afterAll(async () => {
  for (const replica of replicas) await replica.stop();
  await servers.close();
});

/** Each write to a bucket is under way for some milliseconds, so that they overtake each other. */
const slowWrites = {
  isCut: false,
  untilSent: (): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * 40)),
};

function never(): never {
  throw new Error('there is no replica');
}

const target = fc.nat({ max: 3 });
const label = fc.stringMatching(/^[a-z]{1,4}$/);
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ name: fc.constant('update' as const), target, label }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constant('rotate' as const), target }) },
  {
    weight: 1,
    arbitrary: fc.record({ name: fc.constantFrom('revoke' as const, 'delete' as const), target }),
  },
  { weight: 2, arbitrary: fc.record({ name: fc.constant('revoke newest' as const) }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant('create' as const), label }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constantFrom('suspend' as const, 'resume' as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/** What may become of an operation on a key that another has revoked or deleted. */
const expected = new Set(['invalid_request', 'not_found']);

async function make(operation: Operation, ids: readonly string[], teamId: string): Promise<void> {
  const id = ids['target' in operation ? operation.target : 0] ?? '';
  const ask = () => {
    switch (operation.name) {
      case 'update':
        return admin.ask(updateKey, { id, tags: [operation.label], allowed_models: [operation.label] });
      case 'rotate':
        return admin.ask(rotateKey, { id, grace_seconds: 60 });
      case 'revoke':
        return admin.ask(revokeKey, { id });
      case 'delete':
        return admin.ask(deleteKey, { id });
      case 'create':
        return admin.ask(createKey, { name: 'k', team_id: teamId, tags: [operation.label] });
      case 'revoke newest':
        return revokeNewest(teamId);
      case 'suspend':
        return admin.ask(updateTeam, { id: teamId, status: 'suspended' });
      case 'resume':
        return admin.ask(updateTeam, { id: teamId, status: 'active' });
    }
  };
  await ask().catch((thrown: unknown) => {
    if (!expected.has(Fault.from(thrown).code)) throw thrown;
  });
}

/** Of the key that was committed last: it may not have come to the bucket. */
async function revokeNewest(teamId: string): Promise<void> {
  const { data } = await admin.ask(listKeys, { team_id: teamId, limit: 500 });
  const newest = data.toSorted((a, b) => a.created_at.localeCompare(b.created_at)).at(-1);
  if (newest) await admin.ask(revokeKey, { id: newest.id });
}

/** Of what the buckets hold and what the database says, that by which they could differ. */
async function compared(teamId: string) {
  const { bus } = replicas[1] ?? never();
  const [keyStore, tenantStore] = [await bus.store(virtualKeys), await bus.store(tenants)];
  const { data } = await admin.ask(listKeys, { team_id: teamId, limit: 500 });
  const inDatabase = data
    .filter(({ status }) => status !== 'revoked')
    .map(({ allowed_models, id, secrets, tags }) => ({
      id,
      tags,
      models: allowed_models ?? undefined,
      ends: secrets.map(({ valid_until }) => (valid_until === null ? undefined : Date.parse(valid_until))),
    }));
  const inBucket = [...keyStore.entries()]
    .filter(({ value }) => value.caller.teamId === teamId)
    .map(({ key, value: { access, caller, secrets } }) => ({
      id: key,
      tags: caller.tags ?? [],
      models: access.models,
      ends: secrets.map(({ validUntilMs }) => validUntilMs),
    }));
  return { inDatabase, inBucket, team: tenantStore.get(`team.${teamId}`)?.value };
}

test('whatever two replicas change at once, in the end the buckets say what the database says', async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 20, maxLength: 40 }), async (operations) => {
      const { id: teamId } = await admin.ask(createTeam, { name: `round ${round++}` });
      const made = await Promise.all(
        [0, 1, 2, 3].map(() => admin.ask(createKey, { name: 'k', team_id: teamId })),
      );
      const ids = made.map(({ id }) => id);
      await Promise.all(operations.map((each) => make(each, ids, teamId)));
      const last = await admin.ask(updateTeam, { id: teamId });
      await eventually(async () => {
        const { inBucket, inDatabase, team } = await compared(teamId);
        expect(inBucket).toEqual(inDatabase);
        expect(team?.suspended).toBe(last.status === 'suspended');
      }, 2_000);
    }),
    { numRuns: 6 },
  );
}, 120_000);

test('a key that is revoked while its creation is on its way to the bucket is not there when both have come', async () => {
  const { id: teamId } = await admin.ask(createTeam, { name: 'overtaken' });
  const held = Promise.withResolvers<undefined>();
  vi.spyOn(slowWrites, 'untilSent').mockReturnValueOnce(held.promise);
  const made = admin.ask(createKey, { name: 'k', team_id: teamId });
  await eventually(async () => {
    expect((await admin.ask(listKeys, { team_id: teamId })).data).toHaveLength(1);
  });
  await revokeNewest(teamId);
  held.resolve(undefined);
  const { id } = await made;
  const store = await (replicas[0] ?? never()).bus.store(virtualKeys);
  expect(await store.history(id)).toMatchObject([{ deleted: true }]);
});

test('twenty changes of one key at once are all made, and none is told that it failed', async () => {
  const { id } = await admin.ask(createKey, { name: 'k' });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => admin.ask(updateKey, { id, tags: [`t${index}`] })),
  );
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  const { data } = await admin.ask(listKeys, { limit: 500 });
  const row = data.find((key) => key.id === id);
  expect(row?.revision).toBe(21);
  const store = await (replicas[0] ?? never()).bus.store(virtualKeys);
  expect(store.get(id)?.value.caller.tags).toEqual(row?.tags);
});
