import { systemClock } from '@weir/service-kit/clock';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { usageStream } from '@weir/contracts/usage-events';
import type { Bus } from '@weir/service-kit/bus/bus';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { used } from '@weir/testkit/conformance/contracts';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { storedEvents, storedMessages } from '@weir/testkit/stored-events';
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
    maxReconnectAttempts: -1,
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

const infoSchema = z.object({ config: z.looseObject({}) });

async function streamInfo() {
  const answer = await operator.request(`$JS.API.STREAM.INFO.${stream.name}`, '', { timeout: 1_000 });
  return infoSchema.parse(answer.json());
}

/** The ids of the events that the stream has. */
const storedIds = async () => (await storedEvents(operator, used)).map(({ id }) => id);

const idsUpTo = (count: number) => Array.from({ length: count }, (_, i) => `event ${i}`);

test('events are stored as CloudEvents, those of one turn in one message', async () => {
  await start('open');
  const bus = await join();
  await bus.ensureStream(stream);
  const fromMs = systemClock.nowMs();
  bus.publishDurable(used, { units: 3 }, 'one');
  bus.publishDurable(used, { units: 4 }, 'another "one"');
  const [message] = await eventually(async () => {
    const messages = await storedMessages(operator, used);
    expect(messages).toHaveLength(1);
    return messages;
  });
  const headers = Object.fromEntries([...(message?.headers ?? [])].map(([name, [value]]) => [name, value]));
  expect(headers).toEqual({
    'Nats-Msg-Id': expect.stringMatching(/^router-test[\d-]+-0$/) as unknown,
    'content-type': 'application/cloudevents-batch+json',
  });
  const common = {
    specversion: '1.0',
    source: '/weir/router',
    type: 'weir.v1.usage.tried',
    datacontenttype: 'application/json',
  };
  const events = z
    .array(z.looseObject({ time: z.iso.datetime() }))
    .parse(JSON.parse(message?.data.toString() ?? ''));
  expect(events).toMatchObject([
    { ...common, id: 'one', data: { units: 3 } },
    { ...common, id: 'another "one"', data: { units: 4 } },
  ]);
  expect(Date.parse(events[0]?.time ?? '')).toBeGreaterThanOrEqual(fromMs);
});

test('the stream is created with what its service asks for, and stays as it is when others ask again', async () => {
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

test('what is published while the server is killed and comes back is stored, each event', async () => {
  await start('open');
  const bus = await join();
  await bus.ensureStream(stream);
  let published = 0;
  const publishMany = (count: number) => {
    for (let i = 0; i < count; i++) bus.publishDurable(used, { units: i }, `event ${published++}`);
  };
  publishMany(500);
  await eventually(async () => {
    expect(await storedIds()).not.toEqual([]);
  });
  publishMany(500);
  await server.kill();
  publishMany(500);
  await eventually(() => {
    expect(bus.connected).toBe(false);
  });
  publishMany(500);
  await server.restart();
  await eventually(async () => {
    // A message that was stored as the server died is known by its id, and not stored again.
    expect((await storedIds()).toSorted()).toEqual(idsUpTo(2_000).toSorted());
  }, 15_000);
});

test('what is published before there is a stream is stored when there is one', async () => {
  await start('open');
  const bus = await join();
  for (const [i, id] of idsUpTo(100).entries()) bus.publishDurable(used, { units: i }, id);
  await bus.ensureStream(stream);
  await eventually(async () => {
    expect(await storedIds()).toEqual(idsUpTo(100));
  });
});

test('a stream that has gone is created anew, and what is published meanwhile is in it', async () => {
  await start('open');
  const bus = await join();
  await bus.ensureStream(stream);
  await operator.request(`$JS.API.STREAM.DELETE.${stream.name}`);
  for (const [i, id] of idsUpTo(100).entries()) bus.publishDurable(used, { units: i }, id);
  await eventually(async () => {
    expect(await storedIds()).toEqual(idsUpTo(100));
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
  await start('open');
  const [bus, hopeless] = [await join(), await join(100)];
  hopeless.publishDurable(used, { units: 1 }, 'nobody listens yet');
  const startedAtMs = performance.now();
  await hopeless.drain();
  expect(performance.now() - startedAtMs).toBeLessThan(4_000);
  buses.splice(buses.indexOf(hopeless), 1);

  await bus.ensureStream(stream);
  for (const [i, id] of idsUpTo(5_000).entries()) bus.publishDurable(used, { units: i }, id);
  await bus.drain();
  buses.splice(buses.indexOf(bus), 1);
  expect(await storedIds()).toEqual(idsUpTo(5_000));
});
