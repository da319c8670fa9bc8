import { collect } from '@weir/testkit/collect';
import { count, double } from '@weir/testkit/conformance/contracts';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { startNatsCluster, type NatsTestCluster } from '@weir/testkit/servers/nats-cluster';
import { createTestProblems } from '@weir/testkit/test-bus';
import { BusConnections } from '@weir/service-kit/bus/connection/bus-connections';
import { ServiceBus } from '@weir/service-kit/bus/service-bus';
import { systemClock } from '@weir/service-kit/clock';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { afterEach, beforeEach, expect, test } from 'vitest';

let cluster: NatsTestCluster;
let buses: ServiceBus[];
beforeEach(async () => {
  cluster = await startNatsCluster({ config: 'open' });
  buses = [];
});
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.drain()));
  await cluster.close();
});

/** A process: its bus, and its connections, of which a test wants to know where they are. */
async function join(service: 'ingress' | 'router', instance: string) {
  const options = {
    settings: { url: cluster.url },
    identity: { name: service, id: instance, version: '0.0.0', description: 'under test' },
    maxInFlight: 1_000,
    drainTimeoutMs: 1_000,
    replicas: 1,
    clock: systemClock,
    logger: createLogger({ service, instance, level: 'silent' }),
    metrics: createMetrics(service),
    problems: createTestProblems(),
    onClosed: () => undefined,
  };
  // The least that is waited before a connection is moved.
  const connections = await BusConnections.open({ ...options, service, instance, random: () => 0 });
  const bus = new ServiceBus(connections, options);
  buses.push(bus);
  return { bus, connections };
}

function nodeAt(server: string) {
  const node = cluster.nodes.find(({ port }) => server.endsWith(`:${port}`));
  if (node?.pid === undefined) throw new Error(`no node at ${server}`);
  return { pid: node.pid, kill: () => node.kill() };
}

async function serving(instance: string) {
  const process = await join('router', instance);
  process.bus.serve(double, ({ data }) => ({ value: data.value * 2 }));
  process.bus.serveStream(count, async ({ data }, reply) => {
    reply.head({ from: 0 });
    for (let i = 0; i < data.to; i++) {
      await reply.chunk(String(i));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    reply.end({ counted: data.to });
  });
  await process.bus.served();
  return process;
}

const ask = (bus: ServiceBus, timeoutMs = 2_000) =>
  bus.request(double, { value: 21 }, testEnvelope(timeoutMs));

function openStream(bus: ServiceBus, to: number) {
  const sink = collect<typeof count>();
  bus.requestStream(count, Buffer.from(JSON.stringify({ to })), testEnvelope(30_000), sink);
  return sink;
}

test('a server of three that hangs costs a process less than five seconds, and its other connection nothing', async () => {
  const [{ bus, connections }] = await Promise.all([join('ingress', 'i'), serving('r0'), serving('r1')]);
  await eventually(async () => {
    expect(await ask(bus, 200)).toEqual({ value: 42 });
  });
  const { server } = connections.requests;
  expect(connections.jetStream.server).not.toBe(server);
  const inFlight = openStream(bus, 1_000);
  await inFlight.chunksReach(1);
  const { pid } = nodeAt(server);
  process.kill(pid, 'SIGSTOP');
  try {
    const stoppedAtMs = performance.now();
    expect(['bus_disconnected', 'service_lost']).toContain((await inFlight.ended).fault?.code);
    await eventually(async () => {
      expect(await ask(bus, 250)).toEqual({ value: 42 });
    });
    expect(performance.now() - stoppedAtMs).toBeLessThan(5_000);
    expect(connections.jetStream.connected).toBe(true);
    expect(bus.missing).toEqual([]);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('a server that is about to stop is left without a request lost, and streams come to their end', async () => {
  const all = await Promise.all([join('ingress', 'i'), serving('r0'), serving('r1')]);
  const [{ bus, connections }] = all;
  await eventually(async () => {
    expect(await ask(bus, 200)).toEqual({ value: 42 });
  });
  const { server } = connections.requests;
  const streams = Array.from({ length: 10 }, () => openStream(bus, 100));
  await Promise.all(streams.map((sink) => sink.chunksReach(1)));
  const stopping = nodeAt(server);
  process.kill(stopping.pid, 'SIGUSR2');
  const answers: unknown[] = [];
  const askAgain = async () => answers.push(await ask(bus).catch((error: unknown) => error));
  while (all.some(({ connections: { requests } }) => requests.server === server)) await askAgain();
  for (let i = 0; i < 100; i++) await askAgain();
  expect(answers).toEqual(answers.map(() => ({ value: 42 })));
  const ended = await Promise.all(streams.map((sink) => sink.ended));
  expect(ended.map(({ fault }) => fault)).toEqual(streams.map(() => undefined));
  expect(await bus.instances('router', 300)).toHaveLength(2);
  await stopping.kill();
});
