import { once } from 'node:events';
import { createConnection } from 'node:net';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { replySubject, streamCredits, streamNameOf } from '@weir/contracts/frames';
import type { Bus, StreamHandler } from '@weir/service-kit/bus/bus';
import { readEnvelope } from '@weir/service-kit/bus/connection/message-headers';
import { Fault } from '@weir/service-kit/fault';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { collect } from '@weir/testkit/collect';
import { count } from '@weir/testkit/conformance/contracts';
import { conformanceServices } from '@weir/testkit/conformance/manifests';
import { testEnvelope } from '@weir/testkit/envelope';
import { eventually } from '@weir/testkit/eventually';
import { startNats, type NatsTestServer } from '@weir/testkit/servers/nats';
import { connectTestBus } from '@weir/testkit/test-bus';

type Count = typeof count;

let server: NatsTestServer;
let requester: Bus;
let responder: Bus;

beforeAll(async () => {
  server = await startNats({ config: 'weir', services: conformanceServices });
});
afterAll(() => server.close());
beforeEach(async () => {
  requester = await connectTestBus({ url: server.urlFor('ingress'), service: 'ingress' });
  responder = await connectTestBus({ url: server.urlFor('router'), service: 'router', drainTimeoutMs: 200 });
});
afterEach(() => Promise.all([requester.drain(), responder.drain()]));

const countUp: StreamHandler<Count> = async ({ data }, reply) => {
  reply.head({ from: 0 });
  for (let i = 0; i < data.to; i++) await reply.chunk(String(i));
  reply.end({ counted: data.to }, 'done');
};

/** A plain client with the router's permissions, which answers as no responder of ours would. */
function connectRogue(): Promise<NatsConnection> {
  const { host, username, password } = new URL(server.urlFor('router'));
  return connect({ servers: host, user: username, pass: password, inboxPrefix: '_INBOX_router' });
}

/** A frame's headers, as the client takes them. */
function frame(text: string, extra: Record<string, string> = {}) {
  const h = headers();
  for (const [name, value] of Object.entries({ 'Weir-Frame': text, ...extra })) h.set(name, value);
  return { headers: h };
}

/** Asks once the responder is known to listen. */
async function ask(request: unknown, handler: StreamHandler<Count>, dueInMs?: number) {
  responder.serveStream(count, handler);
  await eventually(async () => {
    expect(await requester.isServed('router', 100)).toBe(true);
  });
  const sink = collect<Count>();
  const call = requester.requestStream(
    count,
    Buffer.from(JSON.stringify(request)),
    testEnvelope(dueInMs),
    sink,
  );
  return { sink, call };
}

describe('a stream on the bus', () => {
  test('brings its head once and first, every chunk in order, and its trailer last', async () => {
    const { sink } = await ask({ to: 1_000 }, countUp);
    const { heads, chunks, trailer, body, fault } = await sink.ended;
    expect({ heads, trailer, body, fault }).toEqual({
      heads: [{ from: 0 }],
      trailer: { counted: 1_000 },
      body: 'done',
      fault: undefined,
    });
    expect(chunks).toEqual(Array.from({ length: 1_000 }, (_, i) => String(i)));
  });

  test('keeps streams apart, whatever their number and length', async () => {
    responder.serveStream(count, countUp);
    await eventually(async () => {
      expect(await requester.isServed('router', 100)).toBe(true);
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 200 }), { minLength: 1, maxLength: 30 }), async (lengths) => {
        const streams = lengths.map((to) => {
          const sink = collect<Count>();
          requester.requestStream(count, Buffer.from(JSON.stringify({ to })), testEnvelope(), sink);
          return sink.ended;
        });
        const ended = await Promise.all(streams);
        expect(ended.map(({ chunks }) => chunks.length)).toEqual(lengths);
        expect(ended.map(({ trailer }) => trailer?.counted)).toEqual(lengths);
      }),
      { numRuns: 20 },
    );
  });

  test('gives its handler the request as it came, byte for byte', async () => {
    responder.serveStream(count, async ({ body }, reply) => {
      reply.head({ from: 0 });
      reply.end({ counted: 0 }, body);
    });
    await eventually(async () => {
      expect(await requester.isServed('router', 100)).toBe(true);
    });
    const json = '{ "to": 0, "id": 12345678901234567890, "\\u0061": "\\u00e9" }';
    const sink = collect<Count>();
    requester.requestStream(count, Buffer.from(json), testEnvelope(), sink);
    expect((await sink.ended).body).toBe(json);
  });

  test('of one whole answer needs no chunks', async () => {
    const { sink } = await ask({ to: 0 }, countUp);
    expect(await sink.ended).toMatchObject({ heads: [{ from: 0 }], chunks: [], body: 'done' });
  });

  test('never runs further ahead of a paused requester than its credit', async () => {
    let sent = 0;
    const { sink, call } = await ask({ to: 500 }, async ({ data }, reply) => {
      reply.head({ from: 0 });
      for (; sent < data.to; sent++) await reply.chunk(String(sent));
      reply.end({ counted: sent });
    });
    call.pause();
    await sink.chunksReach(streamCredits.initial);
    // The responder waits: a question to it is answered, and still nothing more has been sent.
    await requester.isServed('router', 100);
    expect(sent).toBeLessThan(streamCredits.initial);
    expect(sink.so.chunks).toHaveLength(streamCredits.initial);
    call.resume();
    expect((await sink.ended).chunks).toHaveLength(500);
  });

  // A latency is what the code can do: a machine that stood still for a moment may try again.
  test('that is cancelled ends the work, and the requester hears nothing more', { retry: 2 }, async () => {
    const { promise: aborted, resolve: abort } = Promise.withResolvers<unknown>();
    const { sink, call } = await ask({ to: 1 }, async ({ signal }, reply) => {
      signal.addEventListener('abort', () => {
        abort(signal.reason);
      });
      reply.head({ from: 0 });
      await reply.chunk('0');
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', reject);
      });
    });
    await sink.chunksReach(1);
    const cancelledAtMs = performance.now();
    call.cancel();
    await expect(aborted).resolves.toMatchObject({ code: 'client_closed_request' });
    expect(performance.now() - cancelledAtMs).toBeLessThan(100);
    expect(sink.so.fault).toBeUndefined();
  });

  test('that is cancelled before anybody accepted it is not begun, or ended at once, by whoever accepts it', async () => {
    const begun: AbortSignal[] = [];
    const { call } = await ask({ to: 1 }, async (request, reply) => {
      if (request.data.to !== 1) {
        await countUp(request, reply);
        return;
      }
      begun.push(request.signal);
      await new Promise((_resolve, reject) => {
        request.signal.addEventListener('abort', () => {
          reject(request.signal.reason as Fault);
        });
      });
    });
    call.cancel();
    const later = collect<Count>();
    requester.requestStream(count, Buffer.from('{"to":2}'), testEnvelope(), later);
    expect((await later.ended).trailer).toEqual({ counted: 2 });
    await eventually(() => {
      expect(begun.map(({ reason }) => (reason as Fault | undefined)?.code)).toEqual(
        begun.map(() => 'client_closed_request'),
      );
    });
  });

  test('whose handler fails ends with that fault after what was sent', async () => {
    const { sink } = await ask({ to: 1 }, async (_request, reply) => {
      reply.head({ from: 0 });
      await reply.chunk('0');
      throw new Fault('upstream_stream_cut');
    });
    const { chunks, fault, trailer } = await sink.ended;
    expect({ chunks, code: fault?.code, trailer }).toEqual({
      chunks: ['0'],
      code: 'upstream_stream_cut',
      trailer: undefined,
    });
  });

  test('whose handler returns without an end is a fault, never a success', async () => {
    const { sink } = await ask({ to: 1 }, async (_request, reply) => {
      reply.head({ from: 0 });
      await reply.chunk('0');
    });
    expect((await sink.ended).fault?.code).toBe('internal_error');
  });

  test('that falls silent is given up after its idle time-out, and the work on it ends', async () => {
    const { promise: aborted, resolve: abort } = Promise.withResolvers<unknown>();
    const { sink } = await ask({ to: 1 }, async ({ signal }, reply) => {
      reply.head({ from: 0 });
      await reply.chunk('0');
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          abort(signal.reason);
          reject(signal.reason as Fault);
        });
      });
    });
    expect((await sink.ended).fault?.code).toBe('service_lost');
    await aborted;
  });

  test('ends at its deadline on both sides', async () => {
    const { promise: aborted, resolve: abort } = Promise.withResolvers<unknown>();
    const { sink } = await ask(
      { to: 1 },
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            abort(signal.reason);
            reject(signal.reason as Fault);
          });
        }),
      150,
    );
    expect((await sink.ended).fault?.code).toBe('deadline_exceeded');
    await aborted;
  });

  test('whose request breaks the contract is refused before any work', async () => {
    const { sink } = await ask({ to: -1 }, countUp);
    expect((await sink.ended).fault?.code).toBe('invalid_request');
  });

  test('with a gap in its frames is a fault, since what follows would be joined wrongly', async () => {
    const rogue = await connectRogue();
    rogue.subscribe(count.subject, {
      queue: 'router',
      callback: (_error, message) => {
        message.respond('weir.v1.router.control.rogue-0', frame('accepted 0'));
        message.respond('0', frame('chunk 1', { 'Weir-Head': '{"from":0}' }));
        message.respond('2', frame('chunk 3'));
      },
    });
    await rogue.flush();
    const sink = collect<Count>();
    requester.requestStream(count, Buffer.from('{"to":3}'), testEnvelope(), sink);
    expect(await sink.ended).toMatchObject({ chunks: ['0'], fault: { code: 'service_lost' } });
    await rogue.close();
  });

  test('takes no frame from a replica that was not asked, though it hears what the stream is told and knows its name', async () => {
    const rogue = await connectRogue();
    const heard: string[] = [];
    rogue.subscribe('weir.v1.router.control.*', {
      callback: (_error, message) => {
        if (message.reply) return;
        const { stream } = JSON.parse(message.string()) as { stream: string };
        heard.push(stream);
        const forged = headers();
        forged.set('Weir-Frame', 'fault 1');
        forged.set('Nats-Service-Error-Code', '500');
        for (const subject of [stream, replySubject(stream, 'a'.repeat(22))])
          rogue.publish(subject, '{"code":"internal_error","message":"forged"}', { headers: forged });
      },
    });
    await rogue.flush();
    const { sink } = await ask({ to: 500 }, countUp);
    const { chunks, fault } = await sink.ended;
    expect({ count: chunks.length, fault }).toEqual({ count: 500, fault: undefined });
    expect(heard.length).toBeGreaterThan(0);
    await rogue.close();
  });

  test('that is accepted too late is cancelled by the name under which its responder knows it, whatever his version', async () => {
    const rogue = await connectRogue();
    const cancelled: unknown[] = [];
    const replies: string[] = [];
    const control = 'weir.v1.router.control.rogue-0';
    rogue.subscribe(control, {
      callback: (_error, message) => {
        if (!message.reply) cancelled.push(JSON.parse(message.string()));
      },
    });
    rogue.subscribe(count.subject, {
      queue: 'router',
      callback: (_error, message) => {
        replies.push(message.reply ?? '');
      },
    });
    await rogue.flush();
    const sink = collect<Count>();
    requester.requestStream(count, Buffer.from('{"to":3}'), testEnvelope(100), sink);
    expect((await sink.ended).fault?.code).toBe('deadline_exceeded');
    const [reply = ''] = replies;
    for (const stream of ['', 'a name']) {
      rogue.publish(reply, control, frame('accepted 0', stream ? { 'Weir-Stream': stream } : {}));
    }
    await eventually(() => {
      expect(cancelled).toEqual([reply, streamNameOf(reply)].map((stream) => ({ stream, cancel: true })));
    });
    await rogue.close();
  });

  test('whose responder is from before there were names has its credit', async () => {
    const rogue = await connectRogue();
    const control = 'weir.v1.router.control.rogue-0';
    let reply = '';
    rogue.subscribe(control, {
      callback: (_error, message) => {
        if (message.reply) message.respond('');
        else if ((JSON.parse(message.string()) as { stream: string }).stream === reply)
          rogue.publish(
            reply,
            '',
            frame(`end ${streamCredits.topUp + 1}`, { 'Weir-Trailer': '{"counted":32}' }),
          );
      },
    });
    rogue.subscribe(count.subject, {
      queue: 'router',
      callback: (_error, message) => {
        reply = message.reply ?? '';
        message.respond(control, frame('accepted 0'));
        for (let i = 1; i <= streamCredits.topUp; i++)
          message.respond(String(i), frame(`chunk ${i}`, i === 1 ? { 'Weir-Head': '{"from":0}' } : {}));
      },
    });
    await rogue.flush();
    const sink = collect<Count>();
    requester.requestStream(count, Buffer.from('{"to":32}'), testEnvelope(), sink);
    expect(await sink.ended).toMatchObject({ trailer: { counted: 32 } });
    await rogue.close();
  });

  test('is never asked for twice by the same number, also where those who ask were themselves asked in turn', async () => {
    const rogue = await connectRogue();
    const dispatches: number[] = [];
    rogue.subscribe(count.subject, {
      queue: 'router',
      callback: (_error, message) => {
        dispatches.push(readEnvelope(message).dispatch ?? 0);
        const refused = headers();
        refused.set('Weir-Frame', 'fault 0');
        refused.set('Nats-Service-Error-Code', '503');
        message.respond(JSON.stringify({ code: 'overloaded', message: 'full' }), { headers: refused });
      },
    });
    await rogue.flush();
    for (const envelope of [
      testEnvelope(),
      { ...testEnvelope(), dispatch: 1 },
      { ...testEnvelope(), dispatch: 2 },
    ]) {
      const sink = collect<Count>();
      requester.requestStream(count, Buffer.from('{"to":3}'), envelope, sink);
      expect((await sink.ended).fault?.code).toBe('overloaded');
    }
    expect(dispatches).toHaveLength(9);
    expect(new Set(dispatches).size).toBe(9);
    await rogue.close();
  });

  test.each([
    ['with its number, where none was used up', 'unnumbered', [0, 0]],
    ['with a number of its own, where some were used up', 'numbered', [0, 1]],
  ] as const)(
    'of which an instance could do nothing, and says so, is put to the other one, %s',
    async (_how, tryAnother, numbers) => {
      const other = await connectTestBus({ url: server.urlFor('router'), service: 'router' });
      let asked: { by: number; dispatch: number }[] = [];
      for (const [by, bus] of [responder, other].entries()) {
        bus.serveStream(count, async (request, reply) => {
          asked.push({ by, dispatch: request.envelope.dispatch ?? 0 });
          if (asked.length === 1) throw new Fault('resource_exhausted', { tryAnother });
          await countUp(request, reply);
        });
      }
      // Until it is known who there is, the queue group may choose the same one again.
      await eventually(async () => {
        asked = [];
        const sink = collect<Count>();
        requester.requestStream(count, Buffer.from('{"to":3}'), testEnvelope(), sink);
        expect(await sink.ended).toMatchObject({ heads: [{ from: 0 }], chunks: ['0', '1', '2'] });
        expect(new Set(asked.map(({ by }) => by)).size).toBe(2);
        expect(asked.map(({ dispatch }) => dispatch)).toEqual(numbers);
      });
      await other.drain();
    },
  );

  test('of which nobody can do anything is asked of each once, and its requester is not told to ask others', async () => {
    let asked = 0;
    responder.serveStream(count, () => {
      asked++;
      throw new Fault('resource_exhausted', { tryAnother: 'unnumbered', retryAfterMs: 5 });
    });
    await eventually(async () => {
      asked = 0;
      const sink = collect<Count>();
      requester.requestStream(count, Buffer.from('{"to":3}'), testEnvelope(), sink);
      const { fault } = await sink.ended;
      expect(fault).toMatchObject({ code: 'resource_exhausted', details: { retryAfterMs: 5 } });
      expect(fault?.details.tryAnother).toBeUndefined();
      expect(asked).toBe(1);
    });
  });

  test('of which something has come is never put to another, whatever its instance says then', async () => {
    let asked = 0;
    const { sink } = await ask({ to: 3 }, async (_request, reply) => {
      asked++;
      reply.head({ from: 0 });
      await reply.chunk('0');
      throw new Fault('resource_exhausted', { tryAnother: 'unnumbered' });
    });
    expect(await sink.ended).toMatchObject({ chunks: ['0'], fault: { code: 'resource_exhausted' } });
    expect(asked).toBe(1);
  });

  test('that is paused for longer than its idle time-out goes on where it was', async () => {
    const { sink, call } = await ask({ to: 500 }, async (request, reply) => {
      if (request.data['silent'] === true)
        await new Promise((resolve) => {
          request.signal.addEventListener('abort', resolve);
        });
      else await countUp(request, reply);
    });
    call.pause();
    await sink.chunksReach(streamCredits.initial);
    // The other stream, which nobody pauses and whose responder falls silent, shows that the time-out has passed.
    const silent = collect<Count>();
    requester.requestStream(count, Buffer.from('{"to":1,"silent":true}'), testEnvelope(), silent);
    expect((await silent.ended).fault?.code).toBe('service_lost');
    expect(sink.so.fault).toBeUndefined();
    call.resume();
    expect((await sink.ended).chunks).toHaveLength(500);
  });

  test('whose answer is larger than the bus carries is a clear fault, at once', async () => {
    const { sink } = await ask({ to: 1 }, async (_request, reply) => {
      reply.head({ from: 0 });
      reply.end({ counted: 1 }, 'x'.repeat(9 * 1024 * 1024));
    });
    expect((await sink.ended).fault?.code).toBe('internal_error');
  });

  test('whose sink throws fails by itself, is ended on the other side, and harms no other', async () => {
    const { promise: aborted, resolve: abort } = Promise.withResolvers<unknown>();
    responder.serveStream(count, async ({ data, signal }, reply) => {
      if (data.to === 1) signal.addEventListener('abort', abort);
      await countUp({ data: { to: 1_000 }, signal } as never, reply);
    });
    await eventually(async () => {
      expect(await requester.isServed('router', 100)).toBe(true);
    });
    const faulty = collect<Count>();
    const good = collect<Count>();
    const throwing = {
      ...faulty,
      onChunk: () => {
        throw new Error('a bug in the sink');
      },
    };
    requester.requestStream(count, Buffer.from('{"to":1}'), testEnvelope(), throwing);
    requester.requestStream(count, Buffer.from('{"to":2}'), testEnvelope(), good);
    expect((await faulty.ended).fault?.code).toBe('internal_error');
    expect((await good.ended).chunks).toHaveLength(1_000);
    await aborted;
  });

  test.each(['', 'weir.v1.keys.revoke', 'a b', 'weir.v1.router.control.*'])(
    'whose acceptance names %j for its control subject is a fault, and nothing is ever sent there',
    async (control) => {
      const rogue = await connectRogue();
      rogue.subscribe(count.subject, {
        queue: 'router',
        callback: (_error, message) => {
          const accepted = headers();
          accepted.set('Weir-Frame', 'accepted 0');
          message.respond(control, { headers: accepted });
        },
      });
      await rogue.flush();
      const sink = collect<Count>();
      requester.requestStream(count, Buffer.from('{"to":3}'), testEnvelope(), sink);
      expect((await sink.ended).fault?.code).toBe('internal_error');
      await rogue.close();
    },
  );

  test('answered with garbage fails by itself, and the requester hears the others as before', async () => {
    const rogue = await connectRogue();
    const router = new URL(server.urlFor('router'));
    const socket = createConnection(Number(router.port), router.hostname);
    await once(socket, 'data');
    const login = { user: router.username, pass: router.password, headers: true, verbose: false };
    socket.write(`CONNECT ${JSON.stringify(login)}\r\n`);
    rogue.subscribe(count.subject, {
      queue: 'router',
      max: 1,
      callback: (_error, { reply = '' }) => {
        // No client writes such a header, so it is written by hand.
        const header = 'NATS/1.0\r\nbad key: v\r\n\r\n';
        socket.write(`HPUB ${reply} ${header.length} ${header.length}\r\n${header}\r\n`);
      },
    });
    await rogue.flush();
    const garbled = collect<Count>();
    requester.requestStream(count, Buffer.from('{"to":3}'), testEnvelope(), garbled);
    expect((await garbled.ended).fault?.code).toBe('internal_error');
    await rogue.close();
    socket.destroy();

    const { sink } = await ask({ to: 3 }, countUp);
    expect((await sink.ended).chunks).toEqual(['0', '1', '2']);
  });

  test('carries a body of 8 MiB, and refuses one that the bus cannot carry', async () => {
    const padding = (bytes: number) =>
      Buffer.from(JSON.stringify({ to: 1, padding: 'x'.repeat(bytes - 21) }));
    responder.serveStream(count, countUp);
    await eventually(async () => {
      expect(await requester.isServed('router', 100)).toBe(true);
    });
    const whole = padding(8 * 1024 * 1024);
    expect(whole).toHaveLength(8 * 1024 * 1024);
    const sink = collect<Count>();
    requester.requestStream(count, whole, testEnvelope(), sink);
    expect(await sink.ended).toMatchObject({ chunks: ['0'], trailer: { counted: 1 } });

    const tooLarge = collect<Count>();
    requester.requestStream(count, padding(9 * 1024 * 1024), testEnvelope(), tooLarge);
    expect((await tooLarge.ended).fault?.code).toBe('body_too_large');
  });
});
