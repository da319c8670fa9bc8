import { routingConfigs } from '@weir/contracts/routing/buckets';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { createConfigAdmin } from '../../test/config-admin.ts';

const actor = { id: 'env', address: '192.0.2.1', sealingKey: 'XSECRET' };
const keyed = { provider: 'openai', api_key: 'sk-of-the-config-1234' };
const masked = { provider: 'openai', api_key: '****1234' };
const plain = { provider: 'anthropic' };

test('each change of a config is told once, with who made it and what it was, and without its keys', async () => {
  const { write, delete: remove, rollBack, changes, clock } = createConfigAdmin({ actor });
  const { revision } = await write('chat', keyed);
  await write('chat', plain);
  await remove({ name: 'chat' });
  await rollBack({ name: 'chat', revision });
  const common = {
    atMs: clock.nowMs(),
    actor: { id: 'env', address: '192.0.2.1' },
    organisation: null,
    target: { kind: 'config', id: 'chat' },
  };
  expect(changes.map(({ data }) => data)).toMatchObject([
    { ...common, action: 'config.write', before: null, after: masked },
    { ...common, action: 'config.write', before: masked, after: plain },
    { ...common, action: 'config.delete', before: plain, after: null },
    { ...common, action: 'config.rollback', before: null, after: masked },
  ]);
  expect(new Set(changes.map(({ id }) => id)).size).toBe(4);
  expect(JSON.stringify(changes)).not.toMatch(/sk-of|gAAAAA|XSECRET/);
});

test('what was refused, and what nobody has asked for, is not told', async () => {
  const store = new MemoryStore(routingConfigs);
  const { write, delete: remove, changes } = createConfigAdmin({ actor, store });
  await expect(write('chat', { provider: 'nobody' })).rejects.toThrow();
  await expect(remove({ name: 'chat' })).rejects.toThrow();
  const nobody = createConfigAdmin({ store });
  await nobody.write('chat', plain);
  await expect(write('chat', plain, 7)).rejects.toMatchObject({ code: 'revision_conflict' });
  expect([...changes, ...nobody.changes]).toEqual([]);
});
