import { eventually } from '@weir/testkit/eventually';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { askAdmin, type AdminAnswer, type AdminCall } from './helpers/admin.ts';
import { ask } from './helpers/ask.ts';
import { openFleet, type Fleet } from './helpers/fleet.ts';

let provider: FakeProvider;
let fleet: Fleet;

/** Each router has a key of its own, so that the provider can tell them apart. */
const routerKeys = ['sk-of-router-1', 'sk-of-router-2'] as const;

beforeAll(async () => {
  provider = await startFakeProvider();
  const settingsOf = (key: string) => ({ OPENAI_API_KEY: key, OPENAI_BASE_URL: provider.openaiBaseUrl });
  fleet = await openFleet({ routers: [settingsOf(routerKeys[0]), settingsOf(routerKeys[1])] });
});
afterAll(async () => {
  await fleet.close();
  await provider.close();
});
afterEach(() => {
  provider.reset();
});

const admin = (...question: AdminCall) => askAdmin(fleet.url, ...question);

const toModel = (model: string) => ({ provider: 'openai', override_params: { model } });

const canary = (stable: number, fresh: number) => ({
  strategy: { mode: 'loadbalance' },
  targets: [
    { ...toModel('stable'), weight: stable },
    { ...toModel('fresh'), weight: fresh },
  ],
});

const revisionSchema = z.object({ revision: z.number() });

const bodySchema = z.object({ model: z.string() });

/** Which models the provider was asked for, and by which router. */
const asked = () =>
  provider.requests
    .filter(({ method }) => method === 'POST')
    .map(({ headers, body }) => ({ by: headers.authorization, model: bodySchema.parse(body).model }));

const byRouter = (key: string) => asked().filter(({ by }) => by === `Bearer ${key}`);

/** Makes a change, and asks until both routers answer by it; resolves to how long that took, in milliseconds. */
async function untilLive(config: string, model: string, change: () => Promise<AdminAnswer>): Promise<number> {
  const startedMs = performance.now();
  expect((await change()).status).toBe(200);
  await eventually(async () => {
    await Promise.all([1, 2, 3, 4].map(() => ask(fleet.baseUrl, { model: 'any', config })));
    for (const key of routerKeys) expect(byRouter(key)).toContainEqual(expect.objectContaining({ model }));
  });
  return performance.now() - startedMs;
}

describe('a stored config', () => {
  test('is live in every replica within a second of each change, and of a roll back, and gone when it is deleted', async () => {
    const write = (model: string) => () => admin('PUT', '/configs/live', { body: toModel(model) });
    expect(await untilLive('live', 'first', write('first'))).toBeLessThan(1_000);
    const { revision } = revisionSchema.parse((await admin('GET', '/configs/live')).json());
    expect(await untilLive('live', 'second', write('second'))).toBeLessThan(1_000);
    provider.reset();
    const rollBack = () => admin('POST', '/configs/live/rollback', { body: { revision } });
    expect(await untilLive('live', 'first', rollBack)).toBeLessThan(1_000);

    expect((await admin('GET', '/configs/live/revisions')).json()).toMatchObject({
      data: [{ config: toModel('first') }, { config: toModel('second') }, { config: toModel('first') }],
    });
    expect((await admin('DELETE', '/configs/live')).status).toBe(200);
    await eventually(async () => {
      const answers = await Promise.all(
        Array.from({ length: 16 }, () => ask(fleet.baseUrl, { model: 'any', config: 'live' })),
      );
      for (const answer of answers) expect(answer).toMatchObject({ status: 404, code: 'config_not_found' });
    }, 1_000);
  });

  test('moves all traffic from one target to another while requests come', async () => {
    const begin = () => admin('PUT', '/configs/canary', { body: canary(90, 10) });
    expect(await untilLive('canary', 'stable', begin)).toBeLessThan(1_000);
    provider.reset();
    const burst = (count: number) =>
      Promise.all(
        Array.from({ length: count }, () => ask(fleet.baseUrl, { model: 'any', config: 'canary' })),
      );
    expect((await burst(200)).every(({ status }) => status === 200)).toBe(true);
    // Each router's shares are exact but for one turn.
    for (const key of routerKeys) {
      const fresh = byRouter(key).filter(({ model }) => model === 'fresh').length;
      expect(Math.abs(fresh - byRouter(key).length / 10)).toBeLessThanOrEqual(1);
    }

    await admin('PUT', '/configs/canary', { body: canary(0, 100) });
    await eventually(async () => {
      provider.reset();
      await burst(40);
      for (const key of routerKeys) expect(byRouter(key).length).toBeGreaterThan(0);
      expect(asked().filter(({ model }) => model === 'stable')).toEqual([]);
    }, 1_000);
  });

  test('that somebody else has changed in the meantime is not overwritten', async () => {
    const { etag } = await admin('PUT', '/configs/shared', { body: toModel('one') });
    const headers = { 'if-match': etag ?? '' };
    expect((await admin('PUT', '/configs/shared', { body: toModel('two'), headers })).status).toBe(200);
    const late = await admin('PUT', '/configs/shared', { body: toModel('three'), headers });
    expect(late.status).toBe(412);
    expect(late.json()).toMatchObject({ error: { code: 'revision_conflict' } });
    expect((await admin('DELETE', '/configs/shared', { headers })).status).toBe(412);
    expect((await admin('GET', '/configs/shared')).json()).toMatchObject({ config: toModel('two') });
  });

  test('that must be there, or must not, is written accordingly', async () => {
    const put = (headers: Record<string, string>) =>
      admin('PUT', '/configs/conditional', { body: toModel('one'), headers });
    expect((await put({ 'if-match': '*' })).status).toBe(412);
    expect((await put({ 'if-none-match': '*' })).status).toBe(200);
    expect((await put({ 'if-none-match': '*' })).status).toBe(412);
    expect((await put({ 'if-match': '*' })).status).toBe(200);
    const remove = () => admin('DELETE', '/configs/conditional', { headers: { 'if-match': '*' } });
    expect((await remove()).status).toBe(200);
    expect((await remove()).status).toBe(404);
  });

  test('named `default` holds for requests that bring none', async () => {
    await admin('PUT', '/configs/default', { body: toModel('by-default') });
    await eventually(async () => {
      const answers = await Promise.all([1, 2, 3, 4].map(() => ask(fleet.baseUrl, { model: 'gpt-5-mini' })));
      for (const { headers } of answers) expect(headers.get('x-weir-model')).toBe('by-default');
    }, 1_000);
    expect((await admin('DELETE', '/configs/default')).status).toBe(200);
  });
});
