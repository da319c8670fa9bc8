import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  deleteConfig,
  listConfigRevisions,
  listConfigs,
  readConfig,
  rollBackConfig,
  writeConfig,
} from '@weir/contracts/admin/routing-configs';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import { openSealed } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { askAdmin, record, startAdmin, type AdminQuestion } from './admin-harness.ts';
import type { Ingress } from './harness.ts';
import { newKeys, oldKeys } from './sealing-keys.ts';

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startAdmin();
});

const ask = (method: string, path: string, question?: AdminQuestion) =>
  askAdmin(ingress, method, path, question);

describe('stored configs', () => {
  test('are listed by pages', async () => {
    const page = { data: [record], has_more: true, next: 'cheap' };
    ingress.bus.answer(listConfigs, () => page);
    expect(await (await ask('GET', '/configs')).json()).toEqual(page);
    await ask('GET', '/configs?limit=500&after=cheap');
    expect(ingress.bus.askedOf(listConfigs)).toEqual([{ limit: 50 }, { limit: 500, after: 'cheap' }]);
  });

  test('are read with their revision, and not again by who has it', async () => {
    const response = await ask('GET', '/configs/cheap');
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe('"7"');
    expect(await response.json()).toEqual(record);

    const again = await ask('GET', '/configs/cheap', { headers: { 'if-none-match': 'W/"7"' } });
    expect(again.status).toBe(304);
    expect(again.headers.get('etag')).toBe('"7"');
    expect(await again.text()).toBe('');

    const older = await ask('GET', '/configs/cheap', { headers: { 'if-none-match': '"6"' } });
    expect(older.status).toBe(200);
  });

  test('answer to HEAD as to GET, without a body', async () => {
    const response = await ask('HEAD', '/configs/cheap');
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe('"7"');
    expect(await response.text()).toBe('');
  });

  test('tell their former revisions', async () => {
    const { name, revision, updated_at, config } = record;
    const former = { name, revision, updated_at, config };
    const deleted = { ...former, revision: 9, config: null };
    const revisions = { data: [deleted, former], has_more: false, next: null };
    ingress.bus.answer(listConfigRevisions, () => revisions);
    expect(await (await ask('GET', '/configs/cheap/revisions')).json()).toEqual(revisions);
  });

  test('that are not there are a 404', async () => {
    ingress.bus.answer(readConfig, () => {
      throw new Fault('config_not_found');
    });
    const response = await ask('GET', '/configs/nobody');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'config_not_found' } });
  });
});

describe('a change', () => {
  const config = { provider: 'openai', api_key: 'sk-of-mine' };

  test('crosses the bus sealed', async () => {
    const response = await ask('PUT', '/configs/cheap', { body: config });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe('"7"');
    expect(await response.json()).toEqual(record);
    const [asked] = ingress.bus.askedOf(writeConfig);
    expect(asked).toEqual({ name: 'cheap', sealedConfig: expect.any(String) as unknown });
    expect(openSealed(asked?.sealedConfig ?? '', oldKeys)).toBe(JSON.stringify(config));
  });

  test.each([
    [{}, undefined],
    [{ 'if-match': '"7"' }, 7],
    [{ 'if-match': 'W/"7"' }, 7],
    [{ 'if-match': '*' }, 'any'],
    [{ 'if-none-match': '*' }, 'none'],
  ] as [Record<string, string>, unknown][])('with %j expects %j', async (headers, expected) => {
    await ask('PUT', '/configs/cheap', { headers, body: config });
    await ask('DELETE', '/configs/cheap', { headers });
    await ask('POST', '/configs/cheap/rollback', { headers, body: { revision: 3 } });
    const asked = [writeConfig, deleteConfig, rollBackConfig].flatMap((endpoint) =>
      ingress.bus.askedOf<typeof writeConfig | typeof deleteConfig | typeof rollBackConfig>(endpoint),
    );
    expect(asked.map(({ expectedRevision }) => expectedRevision)).toEqual([expected, expected, expected]);
  });

  test('of what somebody else has changed in the meantime is a 412', async () => {
    ingress.bus.answer(writeConfig, () => {
      throw new Fault('revision_conflict');
    });
    const response = await ask('PUT', '/configs/cheap', { headers: { 'if-match': '"6"' }, body: config });
    expect(response.status).toBe(412);
    expect(await response.json()).toMatchObject({ error: { code: 'revision_conflict' } });
  });

  test('is put again where the routers have changed their key', async () => {
    await ask('PUT', '/configs/cheap', { body: config });
    ingress.bus.answer(routerSealingKey, () => ({ publicKey: newKeys.publicKey }));
    ingress.bus.answer(writeConfig, ({ sealedConfig }) => {
      openSealed(sealedConfig, newKeys);
      return record;
    });
    expect((await ask('PUT', '/configs/cheap', { body: config })).status).toBe(200);
  });

  test('that deletes says so', async () => {
    const response = await ask('DELETE', '/configs/cheap');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ name: 'cheap', deleted: true });
  });

  test('that rolls back has a revision of its own', async () => {
    const response = await ask('POST', '/configs/cheap/rollback', { body: { revision: 3 } });
    expect(response.headers.get('etag')).toBe('"8"');
    expect(ingress.bus.askedOf(rollBackConfig)).toEqual([{ name: 'cheap', revision: 3 }]);
  });

  test('is one line in the log, without what it was changed to; what fails or only reads is none', async () => {
    ingress.logger.level = 'info';
    const info = vi.spyOn(ingress.logger, 'info').mockImplementation(() => undefined);
    await ask('PUT', '/configs/cheap', { body: config });
    await ask('DELETE', '/configs/cheap');
    await ask('POST', '/configs/cheap/rollback', { body: { revision: 3 } });
    await ask('GET', '/configs/cheap');
    ingress.bus.answer(deleteConfig, () => {
      throw new Fault('config_not_found');
    });
    await ask('DELETE', '/configs/cheap');

    const requestId: unknown = expect.any(String);
    expect(info.mock.calls.filter(([, message]) => message === 'admin').map(([line]) => line)).toEqual([
      { action: 'config.write', name: 'cheap', revision: 7, admin: 'environment', requestId },
      { action: 'config.delete', name: 'cheap', admin: 'environment', requestId },
      { action: 'config.rollback', name: 'cheap', revision: 8, admin: 'environment', requestId },
    ]);
    expect(JSON.stringify(info.mock.calls)).not.toContain('sk-of-mine');
  });
});
