import { connect, MsgHdrsImpl, type NatsConnection } from '@nats-io/transport-node';
import { usageStream } from '@weir/contracts/usage-events';
import type { Bus } from '@weir/service-kit/bus/bus';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { used } from '@weir/testkit/conformance/contracts';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';

const stream = { ...usageStream, maxBytes: 50_000_000 };

let server: NatsTestServer;
let operator: NatsConnection;
const buses: Bus[] = [];

async function start(config: 'open' | 'weir'): Promise<void> {
  server = await startNats({ config, services: conformanceServices });
  const { username, password, host } = new URL(server.urlFor('operator'));
  operator = await connect({
    servers: host,
    inboxPrefix: '_INBOX_operator',
    reconnectTimeWait: 100,
    ...(username && { user: username, pass: password }),
  });
}
afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.drain()));
  await operator.close();
  await server.close();
});

async function join(drainTimeoutMs = 5_000): Promise<Bus> {
  const bus = await connectTestBus({ url: server.urlFor('router'), service: 'router', drainTimeoutMs });
  buses.push(bus);
  return bus;
}

const infoSchema = z.object({
  config: z.looseObject({}),
  state: z.object({ messages: z.number() }),
});

async function streamInfo() {
  const answer = await operator.request(`$JS.API.STREAM.INFO.${stream.name}`, '', { timeout: 1_000 });
  return infoSchema.parse(answer.json());
}

const stored = async () => (await streamInfo()).state.messages;

test('a recorded event is stored as a CloudEvent, once', async () => {
  await start('open');
  const bus = await join();
  await bus.ensureStream(stream);
  const fromMs = Date.now();
  bus.publishDurable(used, { units: 3 }, 'one');
  bus.publishDurable(used, { units: 3 }, 'one');
  bus.publishDurable(used, { units: 4 }, 'another');
  await eventually(async () => {
    expect(await stored()).toBe(2);
  });
  const answer = await operator.request(`$JS.API.STREAM.MSG.GET.${stream.name}`, '{"seq":1}');
  const { message } = z
    .object({ message: z.object({ subject: z.string(), data: z.base64(), hdrs: z.base64() }) })
    .parse(answer.json());
  expect(message.subject).toBe('weir.v1.usage.tried');
  expect(Buffer.from(message.data, 'base64').toString()).toBe('{"units":3}');
  const headers = MsgHdrsImpl.decode(Buffer.from(message.hdrs, 'base64'));
  const time = headers.get('ce-time');
  expect(Object.fromEntries([...headers].map(([name, [value]]) => [name, value]))).toEqual({
    'Nats-Msg-Id': 'one',
    'ce-specversion': '1.0',
    'ce-id': 'one',
    'ce-source': '/weir/router',
    'ce-type': 'weir.v1.usage.tried',
    'ce-time': z.iso.datetime().parse(time),
    'content-type': 'application/json',
  });
  expect(Date.parse(time)).toBeGreaterThanOrEqual(fromMs);
});

test('the stream is made with what its service asks for, and stays as it is when others ask again', async () => {
  await start('weir');
  const [bus, other] = await Promise.all([join(), join()]);
  await Promise.all([bus.ensureStream(stream), other.ensureStream(stream)]);
  await bus.ensureStream({ ...stream, maxBytes: 1_000, maxAgeMs: 60_000 });
  expect((await streamInfo()).config).toMatchObject({
    subjects: ['weir.v1.usage.>'],
    storage: 'file',
    retention: 'limits',
    discard: 'old',
    num_replicas: 1,
    max_bytes: 50_000_000,
    max_age: 0,
    duplicate_window: 120e9,
  });
});

test('what is recorded while the server is killed and comes back is stored, each event once', async () => {
  await start('weir');
  const bus = await join();
  await bus.ensureStream(stream);
  let recorded = 0;
  const recordMany = (count: number) => {
    for (let i = 0; i < count; i++) bus.publishDurable(used, { units: i }, `event ${recorded++}`);
  };
  recordMany(500);
  await eventually(async () => {
    expect(await stored()).toBeGreaterThan(0);
  });
  recordMany(500);
  await server.kill();
  recordMany(500);
  await eventually(() => {
    expect(bus.connected).toBe(false);
  });
  recordMany(500);
  await server.restart();
  await eventually(async () => {
    expect(await stored()).toBe(2_000);
  }, 15_000);
});

test('what is recorded before there is a stream is stored when there is one', async () => {
  await start('weir');
  const bus = await join();
  for (let i = 0; i < 100; i++) bus.publishDurable(used, { units: i }, `event ${i}`);
  await bus.ensureStream(stream);
  await eventually(async () => {
    expect(await stored()).toBe(100);
  });
});

test('a stream that has gone is made anew, and what is recorded meanwhile is in it', async () => {
  await start('open');
  const bus = await join();
  await bus.ensureStream(stream);
  await operator.request(`$JS.API.STREAM.DELETE.${stream.name}`);
  for (let i = 0; i < 100; i++) bus.publishDurable(used, { units: i }, `event ${i}`);
  await eventually(async () => {
    expect(await stored()).toBe(100);
  });
});

test('a bus that is drained waits for a JetStream that fails a few seconds, and not all its time', async () => {
  await start('weir');
  const bus = await join(30_000);
  buses.pop();
  bus.publishDurable(used, { units: 1 }, 'nobody listens');
  const startedAtMs = performance.now();
  await bus.drain();
  expect(performance.now() - startedAtMs).toBeLessThan(9_000);
});

test('a bus that is drained has stored everything first, and waits for no stream in vain', async () => {
  await start('weir');
  const [bus, hopeless] = [await join(), await join(100)];
  hopeless.publishDurable(used, { units: 1 }, 'nobody listens yet');
  const startedAtMs = performance.now();
  await hopeless.drain();
  expect(performance.now() - startedAtMs).toBeLessThan(4_000);
  buses.splice(buses.indexOf(hopeless), 1);

  await bus.ensureStream(stream);
  for (let i = 0; i < 5_000; i++) bus.publishDurable(used, { units: i }, `event ${i}`);
  await bus.drain();
  buses.splice(buses.indexOf(bus), 1);
  expect(await stored()).toBe(5_000);
});
