import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { verifyKey } from '@weir/contracts/keys/verification';
import { systemClock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import { DeclaredBus } from '@weir/service-kit/declared-bus';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { KnownSecrets } from '@weir/service-kit/secrets/known-secrets';
import { configSchema } from '../src/config.ts';
import { ingress as definition } from '../src/service.ts';
import { FakeBus } from './fake-bus.ts';
import { chat, jsonHeaders, post, startIngress, streamedChat } from './harness.ts';
import { createTestProblems, createTestShortages, testReadiness } from '@weir/testkit/test-bus';

test('the process says that it lives, with or without a bus', async () => {
  const ingress = await startIngress();
  ingress.bus.connected = false;
  const response = await fetch(`${ingress.url}/health`);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('ok\n');
});

describe('readiness', () => {
  test.each([
    [{}, 200, []],
    [{ hasRouter: false }, 503, ['a router that is ready']],
    [{ connected: false }, 503, ['a connection to NATS']],
  ])('with %j on the bus it is %i and lacks %j', async (state, status, missing) => {
    const ingress = await startIngress();
    Object.assign(ingress.bus, state);
    const response = await fetch(`${ingress.url}/ready`);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      ready: status === 200,
      state: status === 200 ? 'ready' : 'broken',
      missing,
      problems: [],
    });
  });

  test('an ingress that starts without the keys service says so, and is ready as soon as that is there', async () => {
    const bus = new FakeBus();
    bus.hasKeys = false;
    const ingress = await startIngress({}, { bus });
    const ready = async () => (await fetch(`${ingress.url}/ready`)).json();
    expect(await ready()).toMatchObject({
      ready: false,
      missing: ['the verification key, which the keys service has'],
    });
    bus.hasKeys = true;
    await expect.poll(ready).toMatchObject({ ready: true, missing: [] });
  });

  test('one that starts while the database is away is ready, and serves the keys that it knows', async () => {
    const bus = new FakeBus();
    bus.answer(verifyKey, () => {
      throw new Fault('service_unavailable');
    });
    bus.onCall = (call) => {
      call.end('{}');
    };
    const ingress = await startIngress({}, { bus });
    expect((await fetch(`${ingress.url}/ready`)).status).toBe(200);
    expect((await post(ingress, chat)).status).toBe(200);
  });

  test('until its copies are loaded it is not ready', async () => {
    const bus = new FakeBus();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    bus.store = async (bucket) => {
      await promise;
      return bus.storeOf(bucket);
    };
    const ingress = await startIngress({}, { bus });
    const ready = async () => (await fetch(`${ingress.url}/ready`)).json();
    expect(await ready()).toMatchObject({
      ready: false,
      missing: ['the copy of the virtual keys', 'the copy of the admin keys'],
    });
    resolve(undefined);
    await expect.poll(ready).toMatchObject({ ready: true, missing: [] });
  });

  test('it ends as soon as the process begins to stop', async () => {
    const ingress = await startIngress();
    ingress.tracker.isDraining = true;
    const response = await fetch(`${ingress.url}/ready`);
    expect(await response.json()).toMatchObject({ ready: false, missing: ['it is stopping'] });
  });
});

describe('models', () => {
  const models = ['gpt-5-mini', 'meta-llama/Llama-4-Scout'].map((id) => ({
    id,
    object: 'model' as const,
    created: 0,
    owned_by: 'someone',
  }));

  const get = (url: string) => fetch(url, { headers: jsonHeaders });

  test("the router's list is the answer", async () => {
    const ingress = await startIngress();
    ingress.bus.models.data = models;
    expect(await (await get(`${ingress.url}/v1/models`)).json()).toEqual({ object: 'list', data: models });
  });

  test.each(['meta-llama/Llama-4-Scout', 'meta-llama%2FLlama-4-Scout'])('%s is found', async (id) => {
    const ingress = await startIngress();
    ingress.bus.models.data = models;
    expect(await (await get(`${ingress.url}/v1/models/${id}`)).json()).toEqual(models[1]);
  });

  test('a model that is not there is a 404', async () => {
    const ingress = await startIngress();
    const response = await get(`${ingress.url}/v1/models/nobody/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
  });

  test('a model that a known provider does not list is found by its long name, as a chat finds it', async () => {
    const ingress = await startIngress();
    ingress.bus.models.data = models;
    expect(await (await get(`${ingress.url}/v1/models/someone/novel/model`)).json()).toEqual({
      id: 'someone/novel/model',
      object: 'model',
      created: 0,
      owned_by: 'someone',
    });
    expect((await get(`${ingress.url}/v1/models/someone/`)).status).toBe(404);
    expect((await get(`${ingress.url}/v1/models/someone`)).status).toBe(404);
  });

  test('without a router it is a 503, without a key a 401', async () => {
    const ingress = await startIngress();
    ingress.bus.hasRouter = false;
    expect((await get(`${ingress.url}/v1/models`)).status).toBe(503);
    expect((await fetch(`${ingress.url}/v1/models`)).status).toBe(401);
  });
});

describe('metrics', () => {
  test('requests are counted by route, outcome and form; faults by code and owner', async () => {
    const ingress = await startIngress({ WEIR_EXPOSE_METRICS: 'true' });
    ingress.bus.onCall = (call) => {
      call.chunk('"secret-token"');
      call.fault(new Fault('upstream_stream_cut'));
    };
    await (await post(ingress, streamedChat)).text();
    await fetch(`${ingress.url}/v1/models/a/b/c`);
    await expect.poll(() => ingress.tracker.open).toEqual([]);

    const exposed = await (await fetch(`${ingress.url}/metrics`)).text();

    expect(exposed).toContain(
      'weir_http_requests_total{route="/v1/chat/completions",status="5xx",stream="true",service="ingress"} 1',
    );
    expect(exposed).toContain(
      'weir_http_requests_total{route="/v1/models/*",status="4xx",stream="false",service="ingress"} 1',
    );
    expect(exposed).toContain(
      'weir_http_faults_total{code="upstream_stream_cut",owner="provider",service="ingress"} 1',
    );
    expect(exposed).toContain('weir_http_in_flight{service="ingress"} 1');
    expect(exposed).not.toContain('gpt-5-mini');
  });

  test.each([{}, { WEIR_EXPOSE_METRICS: 'false' }])(
    'with %j they are not told to callers',
    async (settings) => {
      const ingress = await startIngress(settings);
      expect((await fetch(`${ingress.url}/metrics`)).status).toBe(404);
    },
  );
});

describe('the log', () => {
  test('a request is one line, without its body and its key; a failure of ours has its cause', async () => {
    const ingress = await startIngress();
    ingress.logger.level = 'info';
    const warn = vi.spyOn(ingress.logger, 'warn').mockImplementation(() => undefined);
    const error = vi.spyOn(ingress.logger, 'error').mockImplementation(() => undefined);
    const fault = new Fault('internal_error', { cause: new Error('the cause') });
    ingress.bus.onCall = (call) => {
      call.fault(fault);
    };

    const response = await post(ingress, chat);
    await expect.poll(() => warn.mock.calls.length).toBe(1);

    const requestId = response.headers.get('x-request-id');
    expect(warn.mock.calls[0]).toEqual([
      {
        method: 'POST',
        route: '/v1/chat/completions',
        status: 500,
        latencyMs: expect.any(Number) as unknown,
        requestId,
        tenant: 'default',
        code: 'internal_error',
      },
      'request',
    ]);
    expect(error).toHaveBeenCalledExactlyOnceWith({ requestId, err: fault }, 'request failed');
  });

  test('a request that the caller got wrong is no error of ours', async () => {
    const ingress = await startIngress();
    const error = vi.spyOn(ingress.logger, 'error');
    await post(ingress, '{');
    await expect.poll(() => ingress.tracker.open).toEqual([]);
    expect(error).not.toHaveBeenCalled();
  });
});

test('a port in use is said in one line that names the setting', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const start = definition.start({
    bus: new FakeBus(),
    clock: systemClock,
    config: configSchema.parse({ WEIR_PORT: String(port) }),
    instance: 'test',
    logger: createLogger({ service: 'ingress', instance: 'test', level: 'silent' }),
    metrics: createMetrics('ingress'),
    secrets: new KnownSecrets(),
    problems: createTestProblems(),
    shortages: createTestShortages(),
    readiness: testReadiness,
  });
  await expect(start).rejects.toThrow(
    `port ${port} on 127.0.0.1 is in use: end what uses it, or set WEIR_PORT to another port`,
  );
  other.close();
});

test('when it has started it has done all that its manifest says, and no more', async () => {
  const bus = new DeclaredBus(new FakeBus(), definition.manifest);
  const running = await definition.start({
    bus,
    clock: systemClock,
    config: configSchema.parse({ WEIR_PORT: '0', WEIR_DRAIN_TIMEOUT_MS: '100' }),
    instance: 'test',
    logger: createLogger({ service: 'ingress', instance: 'test', level: 'silent' }),
    metrics: createMetrics('ingress'),
    secrets: new KnownSecrets(),
    problems: createTestProblems(),
    shortages: createTestShortages(),
    readiness: testReadiness,
  });
  expect(() => {
    bus.assertComplete();
  }).not.toThrow();
  await running.stop?.();
});
