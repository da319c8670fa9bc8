import { FakeClock } from '@weir/testkit/fake-clock';
import { expect, test } from 'vitest';
import { createConfigAdmin } from '../../test/config-admin.ts';

test('a config is read as it was stored, with its revision, its time and what of it has no effect', async () => {
  const clock = new FakeClock(Date.UTC(2026, 2, 1, 12));
  const { read, write } = createConfigAdmin({ clock });
  const written = await write('chat', { provider: 'openai', forwardHeaders: ['x-a'] });
  const shown = await read({ name: 'chat' });
  expect(shown).toEqual({
    name: 'chat',
    revision: 1,
    updated_at: '2026-03-01T12:00:00.000Z',
    config: { provider: 'openai', forward_headers: ['x-a'] },
    warnings: ['forward_headers has no effect'],
  });
  expect(written).toEqual(shown);
});

test('a config that is not there is said by its name', async () => {
  const { read } = createConfigAdmin();
  await expect(read({ name: 'chat' })).rejects.toMatchObject({
    code: 'config_not_found',
    message: 'There is no routing config "chat".',
  });
});
