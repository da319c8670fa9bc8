import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { certificate } from '@weir/testkit/servers/certificate';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Upstreams } from '../src/adapters/upstreams.ts';
import { hostProvider, upstreamSettings } from './host.ts';

const trusted = getCACertificates('default');
beforeAll(() => {
  setDefaultCACertificates([...trusted, certificate.cert]);
});
afterAll(() => {
  setDefaultCACertificates(trusted);
});

const { signal } = new AbortController();
const answer = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\nHi';

interface Asked {
  readonly socket: Socket;
  /** Of the connection's requests, from 1. */
  readonly turn: number;
  readonly text: string;
}

/** A host without a protocol: it is told of each request, and writes what it likes. */
async function startRawHost(take: (asked: Asked) => void, isSecure = false) {
  const requests: string[] = [];
  let connections = 0;
  const onSocket = (socket: Socket) => {
    let turn = 0;
    connections++;
    onTestFinished(() => void socket.destroy());
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        const text = data.toString();
        requests.push(text);
        take({ socket, turn: ++turn, text });
      });
  };
  const server = isSecure
    ? createTlsServer(certificate, onSocket)
    : createServer({ allowHalfOpen: false }, onSocket);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const url = `http${isSecure ? 's' : ''}://127.0.0.1:${port}`;
  const upstream = new Upstreams({ settings: upstreamSettings, hostPolicy: new HostPolicy([]) }).of(
    hostProvider(url),
  );
  const ask = async () => {
    const response = await upstream.post('chat', '{"a":1}', { model: 'm', credential: undefined, signal });
    const text = await response.text();
    // Undici lets a turn pass before it uses a connection again.
    await nextTurn();
    return text;
  };
  return { ask, requests, connections: () => connections };
}

const isSent = ({ text }: Asked) => text.endsWith('{"a":1}');

test.each([
  ['closed', (socket: Socket) => socket.end(), false],
  ['reset', (socket: Socket) => socket.resetAndDestroy(), false],
  ['closed over TLS', (socket: Socket) => socket.end(), true],
])(
  'a request over a used connection that is %s without a byte goes out once more, over a new one',
  async (_, close, isSecure) => {
    const host = await startRawHost((asked) => {
      if (!isSent(asked)) return;
      if (asked.turn === 1) asked.socket.write(answer);
      else close(asked.socket);
    }, isSecure);
    for (let turn = 0; turn < 6; turn++) expect(await host.ask()).toBe('Hi');
    // Every second one is sent twice: the connection of its second try is not used again.
    expect(host.requests.filter((text) => text.startsWith('POST'))).toHaveLength(9);
  },
);

test('the second try is the last', async () => {
  let isDown = false;
  const host = await startRawHost(({ socket }) => {
    if (isDown) socket.end();
    else socket.write(answer);
  });
  await host.ask();
  isDown = true;
  await expect(host.ask()).rejects.toMatchObject({ code: 'upstream_unreachable' });
  expect(host.requests).toHaveLength(3);
});

test.each([
  ['is new', 0, '', 'upstream_unreachable'],
  ['has brought a part of a head', 1, 'HTTP/1.1 2', 'upstream_unreachable'],
  ['has brought a part of an answer', 1, answer.slice(0, -1), 'upstream_stream_cut'],
])('nothing is sent twice where the connection that breaks %s', async (_, used, piece, code) => {
  let answered = 0;
  const host = await startRawHost(({ socket }) => {
    if (answered++ < used) socket.write(answer);
    else socket.end(piece);
  });
  for (let turn = 0; turn < used; turn++) await host.ask();
  await expect(host.ask()).rejects.toMatchObject({ code });
  expect(host.requests).toHaveLength(used + 1);
});

test.each([
  ['at once', ['HTTP/1.1 100 Continue\r\n\r\n' + answer]],
  ['by itself', ['HTTP/1.1 100 Continue\r\n\r\n', answer]],
  [
    'in pieces, twice, with a header',
    ['HTTP/1', '.1 100 Continue\r\nx: y\r', '\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP', answer.slice(4)],
  ],
  [
    'before other news',
    ['HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n', answer],
  ],
])('a 100 that nobody has asked for is skipped: %s', async (_, pieces) => {
  const host = await startRawHost(({ socket }) => {
    socket.setNoDelay();
    const write = ([piece, ...others]: string[]) => {
      if (piece !== undefined) socket.write(piece, () => setImmediate(write, others));
    };
    write(pieces);
  });
  for (let turn = 0; turn < 2; turn++) expect(await host.ask()).toBe('Hi');
});

test('what looks like a 100 within an answer is a part of it', async () => {
  const text = 'HTTP/1.1 100 Continue\r\n\r\n';
  const host = await startRawHost(({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length + 1}\r\n\r\n`);
    setImmediate(() => socket.write('H', () => setImmediate(() => socket.write(text))));
  });
  expect(await host.ask()).toBe(`H${text}`);
});
