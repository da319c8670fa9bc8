import { connect, headers as createHeaders, type NatsConnection } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { usageStream } from '@weir/contracts/usage-events';
import type { ServiceBus } from '@weir/service-kit/bus/service-bus';
import { envelopeHeaders } from '@weir/service-kit/bus/connection/message-headers';
import { keptSizes } from '@weir/testkit/conformance/buckets';
import { counted, double, used } from '@weir/testkit/conformance/contracts';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: NatsTestServer;
let router: ServiceBus;
let ingress: ServiceBus;
const handled: string[] = [];
beforeAll(async () => {
  server = await startNats({ config: 'weir', services: conformanceServices });
  const join = (service: string) => connectTestBus({ url: server.urlFor(service), service });
  [router, ingress] = await Promise.all([join('router'), join('ingress')]);
  router.announce();
  await router.ensureStream({ ...usageStream, maxBytes: 50_000_000 });
  router.consume(used, async (events) => {
    handled.push(...events.map(({ id }) => id));
  });
});
afterAll(async () => {
  await Promise.all([router, ingress].map((bus) => bus.drain()));
  await server.close();
});

/** What one of the services may say, and no client of NATS would. */
async function publishRaw(
  service: string,
  subject: string,
  lines: readonly string[],
  body: string,
): Promise<void> {
  const { username, password, hostname, port } = new URL(server.urlFor(service));
  const socket = connectSocket(Number(port), hostname);
  const heard: string[] = [];
  socket.on('data', (data) => heard.push(data.toString()));
  const head = `NATS/1.0\r\n${lines.join('\r\n')}\r\n\r\n`;
  const login = { user: username, pass: password, headers: true, verbose: false, protocol: 1 };
  socket.write(`CONNECT ${JSON.stringify(login)}\r\n`);
  socket.write(`HPUB ${subject} ${head.length} ${head.length + body.length}\r\n${head}${body}\r\nPING\r\n`);
  await eventually(() => {
    expect(heard.join('')).toContain('PONG');
  });
  socket.end();
  await once(socket, 'close');
}

const unreadable = [
  { what: 'that are no headers', lines: ['A Bad Name: 1'] },
  { what: 'without end', lines: Array.from({ length: 3_000 }, (_, at) => `a${at}: 1`) },
];

test.each(unreadable)(
  'headers $what harm neither a bucket, nor a consumer, nor an endpoint',
  async ({ what, lines }) => {
    const store = await router.store(keptSizes);
    const key = what.replaceAll(' ', '-');
    await publishRaw('router', `$KV.${keptSizes.name}.${key}`, lines, '{"size":7}');
    await store.put('after', { size: 1 });
    expect(store.get(key)?.value).toEqual({ size: 7 });
    await store.delete(key, { expectedRevision: 'any' });

    await publishRaw('router', used.subject, lines, '{}');
    router.publishDurable(used, { units: 1 }, key);
    await eventually(() => {
      expect(handled).toContain(key);
    });
  },
);

test('nobody is answered on a subject that is no inbox, so that no service writes where another may not', async () => {
  const store = await router.store(keptSizes);
  router.serve(double, ({ data }) => ({ value: data.value }));
  await eventually(() => ingress.request(double, { value: 1 }, testEnvelope()));
  const [instance] = await ingress.instances('router', 500);
  const control = `weir.v1.router.control.${instance?.id}-0`;
  const stranger = await connectAs('ingress');
  const reply = `$KV.${keptSizes.name}.planted`;
  stranger.publish('$SRV.PING.router', '', { reply });
  stranger.publish(control, '', { reply });
  stranger.publish(double.subject, '{"value":1}', { reply, headers: envelopeHeaders(testEnvelope()) });
  stranger.publish(double.subject, 'no request', { reply });
  await stranger.flush();
  await ingress.request(double, { value: 1 }, testEnvelope());
  await store.put('after-it', { size: 1 });
  await stranger.close();
  expect(store.unreadable.get('planted')).toBeUndefined();
});

test('what a consumer of a bucket delivers elsewhere is neither a request nor an event', async () => {
  const asked: number[] = [];
  const heard: number[] = [];
  const bus = await connectTestBus({ url: server.urlFor('router'), service: 'router' });
  const listener = await connectTestBus({ url: server.urlFor('ingress'), service: 'ingress' });
  bus.serve(double, ({ data }) => ({ value: asked.push(data.value) }));
  listener.subscribe(counted, ({ to }) => heard.push(to));
  await Promise.all([bus.served(), listener.served()]);
  const stranger = await connectAs('router');
  const { consumers } = await jetstreamManager(stranger, { checkAPI: false });
  for (const [key, subject, body] of [
    ['request', double.subject, '{"value":99}'],
    ['event', counted.subject, '{"to":99}'],
  ] as const) {
    stranger.publish(`$KV.${keptSizes.name}.${key}`, body, { headers: envelopeHeaders(testEnvelope()) });
    await stranger.flush();
    await consumers.add(`KV_${keptSizes.name}`, {
      name: key,
      deliver_subject: subject,
      filter_subject: `$KV.${keptSizes.name}.${key}`,
    });
  }
  await eventually(async () => {
    await ingress.request(double, { value: 1 }, testEnvelope());
    stranger.publish(counted.subject, '{"to":1}', { headers: envelopeHeaders(testEnvelope()) });
    expect([asked.length, heard.length]).toSatisfy(
      ([one, two]: number[]) => (one ?? 0) > 20 && (two ?? 0) > 20,
    );
  });
  await stranger.close();
  await Promise.all([bus.drain(), listener.drain()]);
  expect(asked).not.toContain(99);
  expect(heard).not.toContain(99);
});

test('nobody can guess where a consumer hears its messages', async () => {
  const [instance] = await ingress.instances('router', 500);
  const stranger = await connectAs('router');
  const forged = { id: 'forged', source: '/weir/router', data: { units: 1 } };
  const headers = createHeaders();
  headers.set('content-type', 'application/cloudevents+json');
  const reply = `_INBOX_router.ACK.${usageStream.name}.router-usage-tried.1.1.1.1.0`;
  for (const last of ['', '.0', '.1', '.2']) {
    const subject = `_INBOX_router.${instance?.id}-pull.${usageStream.name}.router-usage-tried${last}`;
    stranger.publish(subject, JSON.stringify(forged), { headers, reply });
  }
  await stranger.drain();
  router.publishDurable(used, { units: 1 }, 'real');
  await eventually(() => {
    expect(handled).toContain('real');
  });
  expect(handled).not.toContain('forged');
});

async function connectAs(service: string): Promise<NatsConnection> {
  const { username, password, host } = new URL(server.urlFor(service));
  return connect({ servers: host, user: username, pass: password, inboxPrefix: `_INBOX_${service}` });
}
