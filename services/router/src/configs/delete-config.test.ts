import { expect, test } from 'vitest';
import { createConfigAdmin } from '../../test/config-admin.ts';

const config = { provider: 'openai' };
const name = 'chat';

test('a config that is deleted is gone at once', async () => {
  const { write, read, delete: remove } = createConfigAdmin();
  await write(name, config);
  expect(await remove({ name })).toEqual({ name, deleted: true });
  await expect(read({ name })).rejects.toMatchObject({ code: 'config_not_found' });
  await expect(remove({ name })).rejects.toMatchObject({ code: 'config_not_found' });
});

test('what somebody else has changed in the meantime is not deleted', async () => {
  const { write, read, delete: remove } = createConfigAdmin();
  const { revision } = await write(name, config);
  const newer = await write(name, { ...config, request_timeout: 1_000 });
  await expect(remove({ name, expectedRevision: revision })).rejects.toMatchObject({
    code: 'revision_conflict',
  });
  expect((await read({ name })).revision).toBe(newer.revision);
  await remove({ name, expectedRevision: newer.revision });
});
