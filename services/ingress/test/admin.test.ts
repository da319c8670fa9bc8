import { beforeEach, describe, expect, test } from 'vitest';
import { dryRunRouting } from '@weir/contracts/admin/dry-run-routing';
import { routerStatus } from '@weir/contracts/routing/insight';
import { openSealed } from '@weir/service-kit/crypto/sealed-box';
import { adminKey, askAdmin, startAdmin, type AdminQuestion } from './admin-harness.ts';
import type { Ingress } from './harness.ts';
import { RawConnection } from './raw-connection.ts';
import { oldKeys } from './sealing-keys.ts';

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startAdmin();
});

const ask = (method: string, path: string, question?: AdminQuestion) =>
  askAdmin(ingress, method, path, question);

describe('the admin key', () => {
  test('without it the answer is a 401 that asks nobody', async () => {
    for (const authorization of ['', 'Bearer sk-test', `Bearer ${adminKey}x`, `Basic ${adminKey}`]) {
      const response = await ask('GET', '/status', { headers: { authorization } });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({
        error: { type: 'authentication_error', code: 'invalid_admin_key', param: null },
      });
    }
    expect(ingress.bus.asked).toEqual([]);
  });

  test('without it the answer comes before the body', async () => {
    const client = await RawConnection.to(ingress.port);
    client.send('PUT /admin/v1/configs/a HTTP/1.1\r\nhost: weir\r\ncontent-type: application/json\r\n');
    client.send('authorization: Bearer wrong\r\ncontent-length: 1000000\r\n\r\n');
    expect(await client.until('invalid_admin_key')).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('is taken from x-api-key too', async () => {
    const headers = { authorization: '', 'x-api-key': adminKey };
    expect((await ask('GET', '/configs/cheap', { headers })).status).toBe(200);
  });
});

describe('a dry run', () => {
  const reply = { config: 'cheap', model: 'gpt-5-mini', targets: [], passed_over: [], warnings: [] };
  beforeEach(() => {
    ingress.bus.answer(dryRunRouting, () => reply);
  });

  test('asks the router, and its reply is the answer', async () => {
    const body = { config: 'cheap', metadata: { plan: 'pro', seats: 3 }, request: { model: 'gpt-5-mini' } };
    expect(await (await ask('POST', '/dry-run/routing', { body })).json()).toEqual(reply);
    expect(ingress.bus.askedOf(dryRunRouting)).toEqual([
      { request: { model: 'gpt-5-mini' }, config: 'cheap', metadata: { plan: 'pro', seats: '3' } },
    ]);
  });

  test('of a config that is not stored yet sends it sealed', async () => {
    const config = { provider: 'openai', api_key: 'sk-of-mine' };
    await ask('POST', '/dry-run/routing', { body: { config, request: { model: 'm', temperature: 1 } } });
    const [asked] = ingress.bus.askedOf(dryRunRouting);
    expect(asked?.request).toEqual({ model: 'm', temperature: 1 });
    expect(openSealed(asked?.config ?? '', oldKeys)).toBe(JSON.stringify(config));
  });

  test('needs a model and nothing else', async () => {
    expect((await ask('POST', '/dry-run/routing', { body: { request: { model: 'm' } } })).status).toBe(200);
  });
});

describe('the status', () => {
  const target = {
    provider: 'openai',
    model: 'gpt-5-mini',
    host: 'api.openai.com',
    credential: '0a1b2c3d',
    state: 'open',
    until: '2026-01-01T00:00:00.000Z',
    reason: 'upstream_timeout',
  };

  const shown = { state: 'ready', problems: [], clock_skew_ms: null } as const;
  const well = { ...shown, unreadable: {} };

  test('tells every replica, which revisions it has, and the health of every target', async () => {
    ingress.bus.found = {
      ingress: [{ ...well, id: 'i1', version: '0.1.0', buckets: {} }],
      guardrails: [{ ...well, id: 'g1', version: '0.1.0', buckets: {} }],
      keys: [{ ...well, id: 'k1', version: '0.1.0', buckets: {} }],
      cost: [{ ...well, id: 'c1', version: '0.1.0', buckets: {} }],
      cache: [{ ...well, id: 'h1', version: '0.1.0', buckets: {} }],
      router: [
        { ...well, id: 'r1', version: '0.1.0', buckets: { 'weir-routing-configs': 12 } },
        { ...well, id: 'r2', version: '0.2.0', clockSkewMs: -2_013, buckets: { 'weir-routing-configs': 11 } },
      ],
    };
    ingress.bus.answer(routerStatus, () => ({ targets: [target], configs: 3 }));
    expect(await (await ask('GET', '/status')).json()).toEqual({
      replicas: [
        { ...shown, service: 'ingress', id: 'i1', version: '0.1.0', buckets: {} },
        { ...shown, service: 'router', id: 'r1', version: '0.1.0', buckets: { 'weir-routing-configs': 12 } },
        {
          ...shown,
          service: 'router',
          id: 'r2',
          version: '0.2.0',
          clock_skew_ms: -2_013,
          buckets: { 'weir-routing-configs': 11 },
        },
        { ...shown, service: 'guardrails', id: 'g1', version: '0.1.0', buckets: {} },
        { ...shown, service: 'cache', id: 'h1', version: '0.1.0', buckets: {} },
        { ...shown, service: 'keys', id: 'k1', version: '0.1.0', buckets: {} },
        { ...shown, service: 'cost', id: 'c1', version: '0.1.0', buckets: {} },
      ],
      targets: [target],
      configs: 3,
      problems: [],
    });
  });

  test('names what a replica lacks, and one that is in trouble without a word', async () => {
    const problems = [{ code: 'jetstream_disabled', message: 'JetStream is off' }] as const;
    ingress.bus.found = {
      router: [
        { ...well, id: 'r1', version: '0.1.0', buckets: {}, state: 'broken', problems },
        { ...well, id: 'r2', version: '0.1.0', buckets: {}, state: 'starved' },
        { ...well, id: 'r3', version: '0.1.0', buckets: {}, state: 'full' },
      ],
    };
    const status = (await (await ask('GET', '/status')).json()) as { problems: string[] };
    expect(status.problems.filter((line) => / r\d/.test(line))).toEqual([
      'router r1: JetStream is off (jetstream_disabled)',
      'router r2 is starved.',
    ]);
    expect(status).toMatchObject({
      replicas: [{ state: 'broken', problems }, { state: 'starved' }, { state: 'full' }],
    });
  });

  test('shows a replica that hangs as silent, and does not take it for one that is there', async () => {
    ingress.bus.silent = { router: [{ id: 'r1', version: '0.1.0', sinceMs: 1_800_000_000_000 }] };
    ingress.bus.answer(routerStatus, () => ({ targets: [], configs: 3 }));
    expect(await (await ask('GET', '/status')).json()).toMatchObject({
      replicas: [{ service: 'router', id: 'r1', state: 'silent' }],
      problems: expect.arrayContaining([
        'No replica of router was found.',
        'router r1: it hangs, and was last heard of at 2027-01-15T08:00:00.000Z: restart it (service_unavailable)',
      ]) as unknown,
    });
  });

  test('names what a replica cannot read', async () => {
    const unreadable = {
      'weir-routing-configs': { count: 2, named: [{ key: 'default', reason: 'it is no JSON' }] },
    };
    ingress.bus.found = { router: [{ ...well, id: 'r1', version: '0.1.0', buckets: {}, unreadable }] };
    ingress.bus.answer(routerStatus, () => ({ targets: [], configs: 3 }));
    expect(await (await ask('GET', '/status')).json()).toMatchObject({
      problems: expect.arrayContaining([
        'router r1 cannot read what is stored in weir-routing-configs: "default" (it is no JSON) and 1 more. What depends on it is refused.',
      ]) as unknown,
    });
  });

  test('is told when things are broken, and says what is', async () => {
    ingress.bus.found = { ingress: [{ ...well, id: 'i1', version: '0.1.0', buckets: {} }] };
    ingress.bus.hasRouter = false;
    const response = await ask('GET', '/status');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      replicas: [{ ...shown, service: 'ingress', id: 'i1', version: '0.1.0', buckets: {} }],
      targets: null,
      configs: null,
      problems: [
        'router.status: A part of the gateway is not available. Try again shortly.',
        'No replica of router was found.',
        'No replica of guardrails was found.',
        'No replica of cache was found.',
        'No replica of keys was found.',
        'No replica of cost was found.',
      ],
    });
  });
});

test('without a router an admin is told so at once', async () => {
  ingress.bus.hasRouter = false;
  const response = await ask('GET', '/configs/cheap');
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: { code: 'service_unavailable' } });
});
