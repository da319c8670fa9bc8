import { connect, type Msg } from '@nats-io/transport-node';
import { busHeaders } from '@weir/contracts/frames';
import {
  envelopeHeaders,
  readAcceptByMs,
  readEnvelope,
} from '@weir/service-kit/bus/connection/message-headers';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import { systemClock } from '@weir/service-kit/clock';
import { collect } from '@weir/testkit/collect';
import { count, double } from '@weir/testkit/conformance/contracts';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus, createTestProblems } from '@weir/testkit/test-bus';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

let server: NatsTestServer;
const buses: ServiceBus[] = [];

beforeAll(async () => {
  server = await startNats({ config: 'weir', services: conformanceServices });
});
afterEach(() => Promise.all(buses.splice(0).map((bus) => bus.drain())));
afterAll(() => server.close());

/** A service on a host whose clock is so far ahead. */
async function join(
  service: 'ingress' | 'router',
  aheadMs = 0,
  problems = createTestProblems(),
): Promise<ServiceBus> {
  const clock = { ...systemClock, nowMs: () => Date.now() + aheadMs };
  const bus = await connectTestBus({ url: server.urlFor(service), service, clock, problems });
  buses.push(bus);
  return bus;
}

test.each([-59_000, -2_000, 2_000, 59_000])(
  'a responder whose clock is %i ms ahead answers as any other, and has the time that the requester gives it',
  async (aheadMs) => {
    const [requester, responder] = await Promise.all([join('ingress'), join('router', aheadMs)]);
    const leftMs: number[] = [];
    const see = (deadlineAtMs: number) => leftMs.push(deadlineAtMs - (Date.now() + aheadMs));
    responder.serve(double, ({ data, envelope }) => {
      see(envelope.deadlineAtMs);
      return { value: data.value * 2 };
    });
    responder.serveStream(count, ({ envelope }, reply) => {
      see(envelope.deadlineAtMs);
      reply.head({ from: 0 });
      reply.end({ counted: 1 });
      return Promise.resolve();
    });
    await eventually(async () => {
      expect(await requester.isServed('router', 100)).toBe(true);
    });
    await expect(requester.request(double, { value: 21 }, testEnvelope(1_500))).resolves.toEqual({
      value: 42,
    });
    const sink = collect<typeof count>();
    requester.requestStream(count, Buffer.from('{"to":1}'), testEnvelope(1_500), sink);
    expect((await sink.ended).trailer).toEqual({ counted: 1 });
    expect(leftMs).toHaveLength(2);
    for (const ms of leftMs) {
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(1_500 + 1);
    }
  },
);

test('a request of a version that tells times of day is answered by these, and one that is late is not begun', async () => {
  const responder = await join('router');
  let begun = 0;
  responder.serve(double, ({ data }) => {
    begun++;
    return { value: data.value * 2 };
  });
  await responder.served();
  const { host, username, password } = new URL(server.urlFor('ingress'));
  const old = await connect({ servers: host, user: username, pass: password, inboxPrefix: '_INBOX_ingress' });
  const ask = (dueInMs: number, acceptBy?: number) => {
    const headers = envelopeHeaders(testEnvelope(dueInMs));
    if (acceptBy !== undefined) headers.append(busHeaders.acceptBy, String(acceptBy));
    return old.request(double.subject, '{"value":21}', { timeout: 1_000, headers });
  };
  expect((await ask(5_000)).json()).toEqual({ value: 42 });
  expect((await ask(5_000, Date.now() + 1_000)).json()).toEqual({ value: 42 });
  old.publish(double.subject, '{"value":21}', {
    reply: '_INBOX_ingress.late',
    headers: envelopeHeaders(testEnvelope(-1)),
  });
  expect((await ask(5_000)).json()).toEqual({ value: 42 });
  expect(begun).toBe(3);
  await old.close();
});

test('a responder of a version that reads times of day finds them in what it is sent', async () => {
  const requester = await join('ingress');
  const { host, username, password } = new URL(server.urlFor('router'));
  const old = await connect({ servers: host, user: username, pass: password, inboxPrefix: '_INBOX_router' });
  const seen: Msg[] = [];
  const hear = {
    queue: 'router',
    callback: (_error: unknown, message: Msg) => {
      seen.push(message);
    },
  };
  old.subscribe(double.subject, hear);
  old.subscribe(count.subject, hear);
  await old.flush();
  const envelope = testEnvelope(700);
  void requester.request(double, { value: 1 }, envelope).catch(() => undefined);
  requester.requestStream(count, Buffer.from('{"to":1}'), envelope, collect<typeof count>());
  await eventually(() => {
    expect(seen.length).toBeGreaterThanOrEqual(2);
  });
  const [asked, opened] = seen as [Msg, Msg];
  expect(readEnvelope(asked)).toEqual(envelope);
  expect(readAcceptByMs(asked)).toBe(Infinity);
  expect(readEnvelope(opened)).toEqual(envelope);
  expect(readAcceptByMs(opened) - Date.now()).toBeLessThanOrEqual(count.acceptTimeoutMs);
  expect(readAcceptByMs(opened) - Date.now()).toBeGreaterThan(0);
  await old.close();
});

test('what has waited for longer than its requester does is not begun, whatever the clocks say', async () => {
  const responder = await join('router', 30_000);
  let begun = 0;
  responder.serve(double, ({ data }) => {
    begun++;
    return { value: data.value };
  });
  await responder.served();
  const { host, username, password } = new URL(server.urlFor('ingress'));
  const requester = await connect({
    servers: host,
    user: username,
    pass: password,
    inboxPrefix: '_INBOX_ingress',
  });
  const reply = '_INBOX_ingress.test-0.1~secret';
  const answers: Msg[] = [];
  requester.subscribe('_INBOX_ingress.test-0.*', {
    callback: (_error, message) => {
      answers.push(message);
    },
  });
  /** As one that was sent so long ago comes at last. */
  const send = (sentAgoMs: number) => {
    const timeLeft = { sentAtMs: 1_000_000 + Math.round(performance.now()) - sentAgoMs, leftMs: 1_000 };
    const headers = envelopeHeaders({ ...testEnvelope(1_000 - sentAgoMs), timeLeft });
    requester.publish(double.subject, '{"value":1}', { reply, headers });
  };
  send(0);
  send(5_000);
  send(0);
  await eventually(() => {
    expect(answers).toHaveLength(2);
  });
  expect(begun).toBe(2);
  await requester.close();
});

test('whoever looks for instances learns how far their clocks are from his, and operators are told of more than half a second', async () => {
  const problems = createTestProblems();
  const requester = await join('ingress', 0, problems);
  for (const aheadMs of [0, 2_000, -30_000]) (await join('router', aheadMs)).announce();
  await eventually(async () => {
    const found = await requester.instances('router', 200);
    const skews = found.map(({ clockSkewMs = NaN }) => clockSkewMs).sort((one, other) => one - other);
    expect(skews).toHaveLength(3);
    for (const [i, aheadMs] of [-30_000, 0, 2_000].entries())
      expect(Math.abs((skews[i] ?? NaN) - aheadMs)).toBeLessThan(150);
  });
  expect(problems.list()).toMatchObject([{ code: 'clock_skewed' }]);
  expect(problems.list()[0]?.message).toContain('30.0 s behind');
  expect(problems.missing).toEqual([]);
});
