import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Bus } from '@weir/service-kit/bus/bus';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collect } from '@weir/testkit/collect';
import { count, double } from '@weir/testkit/conformance/contracts';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';

type Count = typeof count;

let server: NatsTestServer;
let buses: Bus[];
let children: ChildProcess[];

beforeEach(async () => {
  server = await startNats({ config: 'weir', services: conformanceServices });
  buses = [];
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(buses.map((bus) => bus.drain()));
  await server.close();
});

async function join(service: 'ingress' | 'router', drainTimeoutMs = 5_000): Promise<Bus> {
  const bus = await connectTestBus({ url: server.urlFor(service), service, drainTimeoutMs });
  buses.push(bus);
  return bus;
}

function open(requester: Bus, to: number) {
  const sink = collect<Count>();
  const call = requester.requestStream(count, Buffer.from(JSON.stringify({ to })), testEnvelope(), sink);
  return { sink, call };
}

const served = (requester: Bus) =>
  eventually(async () => {
    expect(await requester.isServed('router', 100)).toBe(true);
  });

describe('when NATS is killed', () => {
  test('everything in flight fails at once on both sides, and works again when NATS does', async () => {
    const [requester, responder] = await Promise.all([join('ingress'), join('router')]);
    const { promise: aborted, resolve: abort } = Promise.withResolvers<unknown>();
    responder.serve(double, ({ data }) => ({ value: data.value * 2 }));
    responder.serveStream(count, async ({ signal }, reply) => {
      reply.head({ from: 0 });
      await reply.chunk('0');
      await new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          abort(signal.reason);
          reject(signal.reason as Error);
        });
      });
    });
    await served(requester);
    const { sink } = open(requester, 2);
    await sink.chunksReach(1);

    const killedAtMs = performance.now();
    await server.kill();
    expect((await sink.ended).fault?.code).toBe('bus_disconnected');
    await expect(aborted).resolves.toMatchObject({ code: 'bus_disconnected' });
    expect(performance.now() - killedAtMs).toBeLessThan(1_000);
    expect(requester.connected).toBe(false);
    await expect(requester.request(double, { value: 1 }, testEnvelope())).rejects.toMatchObject({
      code: 'bus_disconnected',
    });

    await server.restart();
    await eventually(async () => {
      await expect(requester.request(double, { value: 2 }, testEnvelope(500))).resolves.toEqual({ value: 4 });
    }, 10_000);
  });
});

describe('when an instance is killed', () => {
  async function startResponder(): Promise<{
    child: ChildProcess;
    begun: () => number;
    dispatches: Set<number>;
  }> {
    let begun = 0;
    const dispatches = new Set<number>();
    const child = fork(new URL('../processes/responder.ts', import.meta.url), [server.urlFor('router')]);
    children.push(child);
    const serving = Promise.withResolvers<undefined>();
    child.on('message', (message: 'serving' | { dispatch: number }) => {
      if (message === 'serving') serving.resolve(undefined);
      else {
        begun++;
        dispatches.add(message.dispatch);
      }
    });
    await serving.promise;
    return { child, begun: () => begun, dispatches };
  }

  test('what it had begun ends with a fault long before any time-out', async () => {
    const requester = await join('ingress');
    const { child } = await startResponder();
    await served(requester);
    const streams = Array.from({ length: 20 }, () => open(requester, 2).sink);
    await Promise.all(streams.map((sink) => sink.chunksReach(1)));

    const killedAtMs = performance.now();
    child.kill('SIGKILL');
    const ended = await Promise.all(streams.map((sink) => sink.ended));
    expect(new Set(ended.map(({ fault }) => fault?.code))).toEqual(new Set(['service_lost']));
    expect(performance.now() - killedAtMs).toBeLessThan(count.idleTimeoutMs);
  });

  test('nothing is begun twice because the requester itself stood still for a while', async () => {
    const requester = await join('ingress');
    const { begun } = await startResponder();
    await served(requester);
    const streams = Array.from({ length: 10 }, () => open(requester, 1).sink);
    // The questions are on their way, and then this process neither reads nor keeps time.
    await new Promise((resolve) => setImmediate(resolve));
    const standstillMs = count.acceptTimeoutMs + 500;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, standstillMs);
    const ended = await Promise.all(streams.map((sink) => sink.ended));
    expect(ended.map(({ fault }) => fault)).toEqual(streams.map(() => undefined));
    await eventually(() => {
      expect(begun()).toBe(10);
    });
  });

  test('what it had not begun is taken by another', async () => {
    const requester = await join('ingress');
    const stopped = await startResponder();
    await served(requester);
    // Stopped, it still has its subscription: the server hands it requests that it will never begin.
    stopped.child.kill('SIGSTOP');
    const other = await startResponder();
    const streams = Array.from({ length: 20 }, () => open(requester, 1).sink);
    await eventually(() => {
      expect(other.begun()).toBeGreaterThan(0);
    });
    stopped.child.kill('SIGKILL');
    await once(stopped.child, 'exit');
    const ended = await Promise.all(streams.map((sink) => sink.ended));
    expect(ended.map(({ fault }) => fault)).toEqual(streams.map(() => undefined));
    expect(stopped.begun()).toBe(0);
    // Who takes it is told that it was another's, which may have begun it for all that anybody knows.
    await eventually(() => {
      expect([...other.dispatches].some((dispatch) => dispatch > 0)).toBe(true);
    });
  });
});

describe('when an instance is drained', () => {
  test('what it has begun is finished, what comes goes to the others, and nothing fails', async () => {
    const requester = await join('ingress');
    const slowCount = (bus: Bus) => {
      bus.serveStream(count, async ({ data }, reply) => {
        reply.head({ from: 0 });
        for (let i = 0; i < data.to; i++) {
          await reply.chunk(String(i));
          await new Promise((resolve) => setImmediate(resolve));
        }
        reply.end({ counted: data.to });
      });
    };
    let current = await join('router');
    slowCount(current);
    await served(requester);

    const results: Promise<{ fault?: unknown }>[] = [];
    for (let restart = 0; restart < 5; restart++) {
      const next = await join('router');
      slowCount(next);
      await served(requester);
      for (let i = 0; i < 40; i++) results.push(open(requester, 100).sink.ended);
      const drained = current.drain();
      buses.splice(buses.indexOf(current), 1);
      for (let i = 0; i < 40; i++) results.push(open(requester, 100).sink.ended);
      await drained;
      current = next;
    }
    const ended = await Promise.all(results);
    expect(ended.filter(({ fault }) => fault !== undefined)).toEqual([]);
    expect(ended).toHaveLength(400);
  });

  test('its own open questions end, and the work on them ends elsewhere', async () => {
    const [requester, responder] = await Promise.all([join('ingress'), join('router', 200)]);
    const { promise: aborted, resolve: abort } = Promise.withResolvers<unknown>();
    responder.serve(double, () => new Promise<never>(() => undefined));
    responder.serveStream(count, async ({ signal }, reply) => {
      signal.addEventListener('abort', abort);
      reply.head({ from: 0 });
      await reply.chunk('0');
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', reject);
      });
    });
    await served(requester);
    const { sink } = open(requester, 2);
    const question = requester.request(double, { value: 1 }, testEnvelope());
    await sink.chunksReach(1);
    const unanswered = expect(question).rejects.toMatchObject({ code: 'bus_disconnected' });
    await requester.drain();
    buses.splice(buses.indexOf(requester), 1);
    expect((await sink.ended).fault?.code).toBe('bus_disconnected');
    await unanswered;
    await aborted;
  });

  test('work that outlives the drain time-out is ended with a fault, not cut in silence', async () => {
    const requester = await join('ingress');
    const responder = await join('router', 100);
    responder.serveStream(count, async ({ signal }, reply) => {
      reply.head({ from: 0 });
      await reply.chunk('0');
      await new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    });
    await served(requester);
    const { sink } = open(requester, 2);
    await sink.chunksReach(1);
    await responder.drain();
    buses.splice(buses.indexOf(responder), 1);
    expect((await sink.ended).fault?.code).toBe('service_lost');
  });
});
