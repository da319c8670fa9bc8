import { routingConfigs } from '@weir/contracts/routing/buckets';
import { FakeClock } from '@weir/testkit/fake-clock';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { createConfigAdmin } from '../../test/config-admin.ts';

const name = 'chat';

test('former states are listed newest first, deletions among them, and no key is shown', async () => {
  const clock = new FakeClock(Date.UTC(2026, 2, 1));
  const { write, listRevisions, delete: remove } = createConfigAdmin({ clock });
  await write(name, { provider: 'openai', api_key: 'sk-of-the-config-1234' });
  clock.advance(1_000);
  await remove({ name });
  clock.advance(1_000);
  await write(name, { provider: 'anthropic' });
  expect(await listRevisions({ name })).toEqual({
    data: [
      { name, revision: 3, updated_at: '2026-03-01T00:00:02.000Z', config: { provider: 'anthropic' } },
      { name, revision: 2, updated_at: '2026-03-01T00:00:01.000Z', config: null },
      {
        name,
        revision: 1,
        updated_at: '2026-03-01T00:00:00.000Z',
        config: { provider: 'openai', api_key: '****1234' },
      },
    ],
    has_more: false,
    next: null,
  });
});

test('a config that never was has no history', async () => {
  const { listRevisions } = createConfigAdmin();
  await expect(listRevisions({ name })).rejects.toMatchObject({ code: 'config_not_found' });
});

test('the last 64 states are kept', async () => {
  const store = new MemoryStore(routingConfigs);
  const { listRevisions } = createConfigAdmin({ store });
  for (let index = 0; index < 70; index++) await store.put(name, { config: {}, updatedAtMs: index });
  const { data } = await listRevisions({ name });
  expect(data.map(({ revision }) => revision)).toEqual(Array.from({ length: 64 }, (_, index) => 70 - index));
});
