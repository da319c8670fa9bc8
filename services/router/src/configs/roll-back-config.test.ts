import { routingConfigs } from '@weir/contracts/routing/buckets';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { createConfigAdmin } from '../../test/config-admin.ts';

const name = 'chat';
const keyed = { provider: 'openai', api_key: 'sk-of-the-config-1234' };
const keyless = { provider: 'anthropic' };

test('a former state becomes the newest, under a revision and a time of its own, with its keys', async () => {
  const clock = new FakeClock(Date.UTC(2026, 2, 1));
  const { write, rollBack, read, configs } = createConfigAdmin({ clock });
  await write(name, keyed);
  await write(name, keyless);
  clock.advance(60_000);
  const rolledBack = await rollBack({ name, revision: 1 });
  expect(rolledBack).toEqual({
    name,
    revision: 3,
    updated_at: '2026-03-01T00:01:00.000Z',
    config: { ...keyed, api_key: '****1234' },
    warnings: [],
  });
  expect(await read({ name })).toEqual(rolledBack);
  expect(configs.resolve(name, 'default').compiled.root).toMatchObject({
    provider: { credentials: [{ secret: keyed.api_key }] },
  });
});

test('a deleted config is brought back; a deletion is nothing to go back to', async () => {
  const { write, rollBack, configs, delete: remove } = createConfigAdmin();
  await write(name, keyed);
  await remove({ name });
  await expect(rollBack({ name, revision: 2 })).rejects.toMatchObject({ code: 'revision_not_found' });
  await rollBack({ name, revision: 1, expectedRevision: 'none' });
  expect(configs.resolve(name, 'default').name).toBe(name);
});

test('a revision that is not kept, or is another config’s, is not found', async () => {
  const { write, rollBack } = createConfigAdmin();
  await expect(rollBack({ name, revision: 1 })).rejects.toMatchObject({ code: 'config_not_found' });
  await write('other', keyless);
  await write(name, keyless);
  for (const revision of [1, 3]) {
    await expect(rollBack({ name, revision })).rejects.toMatchObject({
      code: 'revision_not_found',
      details: { param: 'revision' },
    });
  }
});

test('what somebody else has changed in the meantime is not rolled back', async () => {
  const { write, rollBack, read } = createConfigAdmin();
  await write(name, keyed);
  await write(name, keyless);
  await expect(rollBack({ name, revision: 1, expectedRevision: 1 })).rejects.toMatchObject({
    code: 'revision_conflict',
  });
  expect((await read({ name })).config).toEqual(keyless);
});

test('a state that would not work any more is refused, and changes nothing', async () => {
  const store = new MemoryStore(routingConfigs);
  const env = { OPENAI_API_KEY: 'sk-operator', VLLM_BASE_URL: 'http://gpu-box:8000/v1' };
  const before = createConfigAdmin({ store, env });
  await before.write(name, { provider: 'vllm' });
  await before.write(name, keyed);
  const { rollBack, read } = createConfigAdmin({ store, env: {} });
  await expect(rollBack({ name, revision: 1 })).rejects.toMatchObject({
    code: 'invalid_config',
    details: { param: 'provider' },
  });
  expect((await read({ name })).revision).toBe(2);
});
