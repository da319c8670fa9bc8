import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '@weir/service-kit/fault';
import { expect, onTestFinished, test } from 'vitest';
import { Upstreams } from '../src/adapters/upstreams.ts';
import type { Upstream } from '../src/adapters/upstream.ts';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import type { Timeouts } from '../src/domain/routing/compiled-config.ts';
import { hostProvider, startHost, upstreamSettings } from './host.ts';

const upstreamAt = (url: string, settings = {}): Upstream =>
  new Upstreams({ settings: { ...upstreamSettings, ...settings }, hostPolicy: new HostPolicy([]) }).of(
    hostProvider(url),
  );

/** What came of a call, and after how long. */
async function timed(call: () => Promise<unknown>) {
  const startedAtMs = performance.now();
  const outcome = await call().catch((fault: unknown) => (fault as Fault).code);
  return { outcome, tookMs: performance.now() - startedAtMs };
}

const { signal } = new AbortController();
const ask = (upstream: Upstream, timeouts?: Timeouts) =>
  upstream.post('chat', '{}', { model: 'm', credential: undefined, signal, timeouts });

/** Undici's own limits go in half seconds: one of 300 ms would strike after a whole. */
function expectStruck(
  { outcome, tookMs }: { outcome: unknown; tookMs: number },
  code: string,
  limitMs: number,
) {
  expect(outcome).toBe(code);
  expect(tookMs).toBeGreaterThan(limitMs - 5);
  expect(tookMs).toBeLessThan(limitMs * 1.1 + 100);
}

/** A host that accepts connections and never says a word. */
async function startSilentHost(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  ['of the call', 300, { firstByteMs: 300 }, {}],
  ['of the settings', 300, {}, { firstByteTimeoutMs: 300 }],
  ['of the call, over a shorter one of the settings', 300, { firstByteMs: 300 }, { firstByteTimeoutMs: 50 }],
  ['that is long', 1_300, { firstByteMs: 1_300 }, {}],
])('an answer that does not begin ends in time: a limit %s', async (_, limitMs, timeouts, settings) => {
  const upstream = upstreamAt(`http://${await startSilentHost()}`, settings);
  expectStruck(await timed(() => ask(upstream, timeouts)), 'upstream_timeout', limitMs);
});

test.each([
  ['of the call', 300, { idleMs: 300 }, {}],
  ['of the settings', 300, {}, { idleTimeoutMs: 300 }],
])('an answer that falls silent ends in time: a limit %s', async (_, limitMs, timeouts, settings) => {
  const host = await startHost((_request, response) => void response.write('Hi'));
  const answer = await ask(upstreamAt(host.url, settings), timeouts);
  expectStruck(await timed(() => answer.text()), 'upstream_timeout', limitMs);
});

test.each([
  ['of the call', 300, { connectMs: 300 }, {}],
  ['of the settings', 300, {}, { connectTimeoutMs: 300 }],
])(
  'a connection that does not come about ends in time: a limit %s',
  async (_, limitMs, timeouts, settings) => {
    const upstream = upstreamAt(`https://${await startSilentHost()}`, settings);
    expectStruck(await timed(() => ask(upstream, timeouts)), 'upstream_unreachable', limitMs);
  },
);

test('the time to connect does not count as time to the first byte', async () => {
  const host = await startHost((_, response) => response.end('Hi'));
  const upstreams = new Upstreams({
    settings: upstreamSettings,
    hostPolicy: new HostPolicy([]),
    lookup: (_name, options, callback) => {
      const found = { address: '127.0.0.1', family: 4 };
      setTimeout(() => {
        if (options.all) callback(null, [found]);
        else callback(null, found.address, found.family);
      }, 150);
    },
  });
  const upstream = upstreams.of(hostProvider(`http://slow.example.com:${host.port}`));
  const answer = await ask(upstream, { firstByteMs: 100 });
  expect(await answer.text()).toBe('Hi');
});

test('a call that is given up while it connects sends nothing later', async () => {
  const host = await startHost((_, response) => response.end('Hi'));
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
  const upstreams = new Upstreams({
    settings: upstreamSettings,
    hostPolicy: new HostPolicy([]),
    lookup: (_name, options, callback) => {
      void released.then(() => {
        if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
        else callback(null, '127.0.0.1', 4);
      });
    },
  });
  const upstream = upstreams.of(hostProvider(`http://slow.example.com:${host.port}`));
  const reason = new Fault('client_closed_request');
  const controller = new AbortController();
  const given = upstream.post('given-up', '{}', {
    model: 'm',
    credential: undefined,
    signal: controller.signal,
  });
  controller.abort(reason);
  await expect(given).rejects.toBe(reason);
  release(undefined);
  const answer = await ask(upstream);
  expect(await answer.text()).toBe('Hi');
  expect(host.requests.map(({ url }) => url)).toEqual(['/chat']);
});

test('an answer that keeps coming is never silent, however long it takes', async () => {
  const host = await startHost(async (_request, response: ServerResponse) => {
    for (let piece = 0; piece < 10; piece++) {
      response.write('x');
      await sleep(50);
    }
    response.end();
  });
  const answer = await ask(upstreamAt(host.url), { idleMs: 200, firstByteMs: 200 });
  expect(await answer.text()).toBe('x'.repeat(10));
});

test('what its reader takes long for is no silence of the host', async () => {
  const host = await startHost((_request, response) => {
    response.write('1');
    setTimeout(() => response.end('2'), 250);
  });
  const answer = await ask(upstreamAt(host.url), { idleMs: 100 });
  const pieces: string[] = [];
  await answer.read(async (piece) => {
    pieces.push(piece.toString());
    await sleep(300);
    return true;
  });
  expect(pieces).toEqual(['1', '2']);
});

test('what came while the process stood still is not late', async () => {
  const host = await startHost((_request, response) => {
    setTimeout(() => response.write('1'), 20);
    setTimeout(() => response.end('2'), 60);
  });
  const asked = ask(upstreamAt(host.url), { firstByteMs: 100, idleMs: 100 });
  await sleep(10);
  // Timers that came due now go off before sockets are read.
  standStill(200);
  const answer = await asked;
  expect(await answer.text()).toBe('12');
});

function standStill(forMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
}

test('an answer that nobody reads keeps no connection for ever', async () => {
  let closed: Promise<unknown> = Promise.resolve();
  const host = await startHost((request, response) => {
    closed = once(request.socket, 'close');
    response.write('Hi');
  });
  const answer = await ask(upstreamAt(host.url), { idleMs: 100 });
  answer.discard();
  await closed;
});

test('a call that its caller gives up fails with the reason, at every stage', async () => {
  const reason = new Fault('deadline_exceeded');
  const host = await startHost((_request, response) => void response.write('Hi'));
  const silent = await startSilentHost();
  const given = async (url: string, then: (answer: Awaited<ReturnType<typeof ask>>) => Promise<unknown>) => {
    const controller = new AbortController();
    const call = { model: 'm', credential: undefined, signal: controller.signal };
    const asked = upstreamAt(url).post('chat', '{}', call).then(then);
    setTimeout(() => {
      controller.abort(reason);
    }, 50);
    return asked.catch((fault: unknown) => fault);
  };
  const outcomes = await Promise.all([
    given(`https://${silent}`, async () => 'connected'),
    given(`http://${silent}`, async () => 'answered'),
    given(host.url, (answer) => answer.text()),
  ]);
  expect(outcomes).toEqual([reason, reason, reason]);
});
