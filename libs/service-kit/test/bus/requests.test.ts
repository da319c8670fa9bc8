import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import { Fault } from '@weir/service-kit/fault';
import { counted, double } from '@weir/testkit/conformance/contracts';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { testEnvelope } from '@weir/testkit/envelope';

let server: NatsTestServer;
const buses: ServiceBus[] = [];

beforeAll(async () => {
  server = await startNats({ config: 'weir', services: conformanceServices });
});
afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.drain()));
  await server.close();
});

async function join(
  service: 'ingress' | 'router',
  options: { maxInFlight?: number } = {},
): Promise<ServiceBus> {
  const bus = await connectTestBus({ url: server.urlFor(service), service, ...options });
  buses.push(bus);
  return bus;
}

describe('a question on the bus', () => {
  let requester: Bus;
  let responder: ServiceBus;
  beforeEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.drain()));
    [requester, responder] = await Promise.all([join('ingress'), join('router')]);
  });

  test('gets its answer', async () => {
    responder.serve(double, ({ data }) => ({ value: data.value * 2 }));
    await eventually(() => requester.request(double, { value: 21 }, testEnvelope()));
    await expect(requester.request(double, { value: 21 }, testEnvelope())).resolves.toEqual({ value: 42 });
  });

  test('carries its envelope to the one who answers', async () => {
    const envelope = testEnvelope();
    let seen: unknown;
    responder.serve(double, (request) => {
      seen = request.envelope;
      return { value: 0 };
    });
    await eventually(() => requester.request(double, { value: 1 }, envelope));
    // The deadline that travels is the nearer one of the caller's and the endpoint's.
    expect(seen).toEqual({ ...envelope, deadlineAtMs: expect.any(Number) as number });
  });

  test('fails at once where nobody listens, and not by a time-out', async () => {
    const begunAtMs = performance.now();
    await expect(requester.request(double, { value: 1 }, testEnvelope())).rejects.toMatchObject({
      code: 'service_unavailable',
      status: 503,
    });
    expect(performance.now() - begunAtMs).toBeLessThan(double.timeoutMs / 2);
  });

  test('brings a fault back whole', async () => {
    responder.serve(double, () => {
      throw new Fault('context_length_exceeded', {
        message: 'Too long by 3.',
        param: 'value',
        retryAfterMs: 5,
      });
    });
    const asked = eventually(async () => {
      const fault = await requester
        .request(double, { value: 1 }, testEnvelope())
        .catch((error: unknown) => error);
      expect(fault).toMatchObject({
        code: 'context_length_exceeded',
        message: 'Too long by 3.',
        details: { param: 'value', retryAfterMs: 5 },
      });
    });
    await asked;
  });

  test('tells nobody what an unforeseen error said', async () => {
    responder.serve(double, () => {
      throw new Error('password=hunter2');
    });
    await eventually(async () => {
      const fault = await requester
        .request(double, { value: 1 }, testEnvelope())
        .catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'internal_error' });
      expect(JSON.stringify((fault as Fault).toData())).not.toContain('hunter2');
    });
  });

  test('ends at its deadline, and so does the work on it', async () => {
    const { promise: aborted, resolve: abort } = Promise.withResolvers<unknown>();
    responder.serve(
      double,
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            abort(signal.reason);
            reject(signal.reason as Fault);
          });
        }),
    );
    await eventually(async () => {
      expect(await requester.isServed('router', 100)).toBe(true);
    });
    await expect(requester.request(double, { value: 1 }, testEnvelope(100))).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    await expect(aborted).resolves.toMatchObject({ code: 'deadline_exceeded' });
  });

  test('that takes longer than its endpoint may, but not than its requester has, is the failure of the service', async () => {
    responder.serve(
      double,
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Fault);
          });
        }),
    );
    await eventually(async () => {
      expect(await requester.isServed('router', 100)).toBe(true);
    });
    await expect(requester.request(double, { value: 1 }, testEnvelope())).rejects.toMatchObject({
      code: 'service_unavailable',
      status: 503,
    });
  });

  test('that breaks its contract is a fault, not a crash; so is an answer that does', async () => {
    responder.serve(double, ({ data }) => (data.value === 1 ? ({ value: 'one' } as never) : { value: 2 }));
    await eventually(() => requester.request(double, { value: 2 }, testEnvelope()));
    await expect(requester.request(double, { value: 'x' } as never, testEnvelope())).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(requester.request(double, { value: 1 }, testEnvelope())).rejects.toMatchObject({
      code: 'internal_error',
    });
  });

  test('without an envelope is refused', async () => {
    responder.serve(double, () => ({ value: 0 }));
    const stranger = await connectAs('ingress');
    const answer = await eventually(() =>
      stranger.request(double.subject, '{"value":1}', {
        timeout: 1_000,
        noMux: true,
        reply: '_INBOX_ingress.stranger',
      }),
    );
    expect(answer.headers?.get('Nats-Service-Error-Code')).toBe('400');
    await stranger.close();
  });

  test('goes to one member of the queue group, and over time to each', async () => {
    const other = await join('router');
    const answered = { first: 0, second: 0 };
    responder.serve(double, () => ({ value: ++answered.first }));
    other.serve(double, () => ({ value: ++answered.second }));
    await eventually(async () => {
      await requester.request(double, { value: 1 }, testEnvelope());
      expect(answered.first > 0 && answered.second > 0).toBe(true);
    });
    const before = answered.first + answered.second;
    await Promise.all(
      Array.from({ length: 50 }, () => requester.request(double, { value: 1 }, testEnvelope())),
    );
    expect(answered.first + answered.second).toBe(before + 50);
  });

  test('goes to another member while one is at its capacity', async () => {
    const small = await join('router', { maxInFlight: 1 });
    const { promise: held, resolve: release } = Promise.withResolvers<{ value: number }>();
    let taken = 0;
    small.serve(double, () => {
      taken++;
      return held;
    });
    await eventually(async () => {
      expect(await requester.isServed('router', 100)).toBe(true);
    });
    const first = requester.request(double, { value: 1 }, testEnvelope());
    await eventually(() => {
      expect(taken).toBe(1);
    });
    // The only member is full, so it has left, and callers learn that at once.
    await eventually(async () => {
      await expect(requester.request(double, { value: 1 }, testEnvelope(500))).rejects.toMatchObject({
        code: 'overloaded',
        retryAfterMs: 1_000,
      });
    });
    responder.serve(double, () => ({ value: 7 }));
    await eventually(() => requester.request(double, { value: 1 }, testEnvelope()));
    await Promise.all(
      Array.from({ length: 20 }, () => requester.request(double, { value: 1 }, testEnvelope())),
    );
    expect(taken).toBe(1);
    release({ value: 1 });
    await expect(first).resolves.toEqual({ value: 1 });
    await eventually(async () => {
      await requester.request(double, { value: 1 }, testEnvelope());
      expect(taken).toBeGreaterThan(1);
    });
  });

  test('is put to another member where one says that it is full, so that a burst fails nobody', async () => {
    const small = await join('router', { maxInFlight: 5 });
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    let answered = 0;
    small.serve(double, async ({ data }) => {
      await released;
      return { value: data.value };
    });
    responder.serve(double, ({ data }) => {
      answered++;
      return { value: data.value };
    });
    await eventually(() => requester.request(double, { value: 1 }, testEnvelope(50)));
    const before = answered;
    const burst = Array.from({ length: 200 }, (_, value) =>
      requester.request(double, { value }, testEnvelope()),
    );
    await eventually(() => {
      expect(answered - before).toBeGreaterThanOrEqual(195);
    });
    release(undefined);
    expect(await Promise.all(burst)).toHaveLength(200);
  });

  test('an event reaches everyone who listens, and one that is malformed harms nobody', async () => {
    const operator = await startNats({ config: 'open' });
    const [speaker, hearer] = await Promise.all(
      ['router', 'cost'].map((service) => connectTestBus({ url: operator.url, service })),
    );
    const heard: number[] = [];
    hearer?.subscribe(counted, ({ to }) => heard.push(to));
    const stranger = await connect({ servers: operator.url });
    stranger.publish(counted.subject, 'not json');
    await eventually(() => {
      speaker?.publish(counted, { to: 3 }, testEnvelope());
      expect(heard).toContain(3);
    });
    await stranger.close();
    await Promise.all([speaker?.drain(), hearer?.drain()]);
    await operator.close();
  });

  test('discovery sees the service, its endpoints and its counts, as `nats micro` asks for them', async () => {
    responder.serve(double, ({ data }) => ({ value: data.value }));
    await eventually(() => requester.request(double, { value: 1 }, testEnvelope()));
    const operator = await connectAs('operator');
    const ask = async (verb: string) => {
      const answer = await operator.request(`$SRV.${verb}.router`, '', { timeout: 1_000 });
      return answer.json<Record<string, unknown>>();
    };
    expect(await ask('PING')).toMatchObject({
      type: 'io.nats.micro.v1.ping_response',
      name: 'router',
      version: '0.0.0',
    });
    expect(await ask('INFO')).toMatchObject({
      type: 'io.nats.micro.v1.info_response',
      endpoints: [{ name: 'double', subject: 'weir.v1.router.double', queue_group: 'router' }],
    });
    expect(await ask('STATS')).toMatchObject({
      type: 'io.nats.micro.v1.stats_response',
      endpoints: [{ name: 'double', num_requests: 1, num_errors: 0 }],
    });
    await operator.close();
  });

  test('discovery finds every instance of a service, and none of one that does not run', async () => {
    for (const member of [responder, await join('router')]) member.serve(double, ({ data }) => data);
    await eventually(async () => {
      const instances = await requester.instances('router', 200);
      expect(instances).toHaveLength(2);
      expect(new Set(instances.map(({ id }) => id))).toHaveProperty('size', 2);
      expect(instances.map(({ version }) => version)).toEqual(['0.0.0', '0.0.0']);
    });
    const startedAtMs = performance.now();
    expect(await requester.instances('nobody', 10_000)).toEqual([]);
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  });

  test('an instance that is not ready is listed, and the service counts as served once one is', async () => {
    responder.processState = 'starting';
    responder.serve(double, ({ data }) => data);
    await eventually(async () => {
      expect(await requester.instances('router', 200)).toHaveLength(1);
    });
    expect(await requester.isServed('router', 200)).toBe(false);
    responder.processState = 'ready';
    expect(await requester.isServed('router', 200)).toBe(true);
  });

  test('discovery finds a service from when it serves to when it stops', async () => {
    expect(await requester.isServed('router', 200)).toBe(false);
    const { promise: done, resolve: finish } = Promise.withResolvers<{ value: number }>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>();
    responder.serve(double, () => {
      begin(undefined);
      return done;
    });
    await eventually(async () => {
      expect(await requester.isServed('router', 200)).toBe(true);
    });
    const asked = requester.request(double, { value: 1 }, testEnvelope());
    await begun;
    const drained = responder.drain();
    await eventually(async () => {
      expect(await requester.isServed('router', 200)).toBe(false);
    }, 1_000);
    finish({ value: 2 });
    expect(await asked).toEqual({ value: 2 });
    await drained;
  });
});

function connectAs(user: 'ingress' | 'operator'): Promise<NatsConnection> {
  const url = new URL(server.urlFor(user));
  return connect({
    servers: url.host,
    user: url.username,
    pass: url.password,
    inboxPrefix: `_INBOX_${user}`,
  });
}
