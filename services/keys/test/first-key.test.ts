import { listOrganisations } from '@weir/contracts/admin/organisations';
import { deleteKey, readKey, revokeKey } from '@weir/contracts/admin/virtual-keys';
import { virtualKeys } from '@weir/contracts/keys/verification';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDatabase, startKeys, startServers, TestAdmin } from './harness.ts';

let servers: Awaited<ReturnType<typeof startServers>>;

beforeAll(async () => {
  servers = await startServers();
});

afterAll(async () => {
  await servers.close();
});

const keyOf = (id: string) => `sk-weir-${id}-${'a'.repeat(43)}`;

/** A service with this first key, for as long as a test needs it. */
async function withService(
  firstKey: string | undefined,
  use: (admin: TestAdmin, service: Awaited<ReturnType<typeof startKeys>>) => Promise<void>,
): Promise<void> {
  const settings = firstKey === undefined ? {} : { WEIR_FIRST_KEY: firstKey };
  const service = await startKeys({ nats: servers.nats, databaseUrl: servers.postgres.url, settings });
  try {
    await use(new TestAdmin(service.bus), service);
  } finally {
    await service.stop();
  }
}

test('the organisation "default" is there without a first key too', async () => {
  await withService(undefined, async (admin) => {
    expect((await admin.ask(listOrganisations, {})).data).toMatchObject([
      { id: 'default', status: 'active' },
    ]);
  });
});

test('the first key is made once, may do everything, and is in the bucket when the service is there', async () => {
  for (let start = 1; start <= 2; start++) {
    await withService(keyOf('firstkey'), async (admin, { bus }) => {
      const key = await admin.ask(readKey, { id: 'firstkey' });
      expect(key).toMatchObject({
        ...{ name: 'first key', organisation_id: 'default', status: 'active', revision: 1 },
        ...{ allowed_models: null, allowed_providers: null, allowed_configs: null },
        ...{ custom_hosts: null, inline_configs: true },
      });
      expect(key.secrets).toHaveLength(1);
      const store = await bus.store(virtualKeys);
      expect(store.get('firstkey')?.value.access).toEqual({ inlineConfigs: true });
    });
  }
});

test('two replicas that start at once make it once', async () => {
  const start = () =>
    withService(keyOf('together'), async (admin) => {
      expect((await admin.ask(readKey, { id: 'together' })).secrets).toHaveLength(1);
    });
  await Promise.all([start(), start(), start()]);
});

test.each([
  ['revoked', revokeKey],
  ['deleted', deleteKey],
] as const)('a first key that was %s does not come back with a restart', async (state, end) => {
  const id = `${state}0`.slice(0, 8);
  await withService(keyOf(id), async (admin) => {
    await admin.ask(end, { id });
  });
  await withService(keyOf(id), async (admin, { bus }) => {
    expect((await bus.store(virtualKeys)).get(id)).toBeUndefined();
    const read = admin.ask(readKey, { id }).catch((thrown: unknown) => thrown);
    expect(await read).toMatchObject(state === 'deleted' ? { code: 'not_found' } : { status: 'revoked' });
  });
});

test('the key itself is not in the database', async () => {
  const database = await connectDatabase(servers.postgres.url);
  const { rows } = await database.query('select * from virtual_key_secrets');
  expect(JSON.stringify(rows)).not.toContain('a'.repeat(43));
  await database.end();
});

test('a first key that has not the form of one is told at the start, without repeating it', async () => {
  await expect(withService('sk-weir-secret', async () => undefined)).rejects.toThrow(
    /WEIR_FIRST_KEY: must be/,
  );
  await expect(withService('sk-weir-secret', async () => undefined)).rejects.not.toThrow(/sk-weir-secret/);
});
