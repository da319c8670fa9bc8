import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { resolveByDns } from '@weir/service-kit/outbound/name-resolver';

type Answer = readonly number[] | 'no such name' | 'failure' | undefined;

const typeAaaa = 28;
const responseCodes = { 'no such name': 3, failure: 2 };

/** What a DNS server says to a query: an address's bytes, that there is none, or nothing. */
function toReply(query: Buffer, answer: Exclude<Answer, undefined>): Buffer {
  const bytes = typeof answer === 'string' ? undefined : Buffer.from(answer);
  const end = query.indexOf(0, 12) + 5;
  const reply = Buffer.from(query.subarray(0, end));
  reply.writeUInt16BE(0x8180 | (typeof answer === 'string' ? responseCodes[answer] : 0), 2);
  reply.writeUInt16BE(bytes ? 1 : 0, 6);
  reply.writeUInt32BE(0, 8);
  if (!bytes) return reply;
  const head = Buffer.from([0xc0, 12, ...reply.subarray(end - 4), 0, 0, 0, 60, 0, bytes.length]);
  return Buffer.concat([reply, head, bytes]);
}

/** A DNS server, and which names it was asked for: as it is sent them, with lengths for dots. */
async function startServer({ a, aaaa }: { a: Answer; aaaa: Answer }) {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const end = query.indexOf(0, 12);
    asked.push(query.toString('latin1', 13, end));
    const answer = query.readUInt16BE(end + 1) === typeAaaa ? aaaa : a;
    if (answer) socket.send(toReply(query, answer), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { asked, resolve: resolveByDns({ servers: [`127.0.0.1:${socket.address().port}`] }) };
}

const v4 = [192, 0, 2, 7];
const v6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
const { signal } = new AbortController();

test('a name has the addresses of both families', async () => {
  const { resolve } = await startServer({ a: v4, aaaa: v6 });
  expect(await resolve('llm.example.com', signal)).toEqual([
    { address: '192.0.2.7', family: 4 },
    { address: '2001:db8::7', family: 6 },
  ]);
});

test.each<[string, Answer, Answer, string]>([
  ['no such name', v4, 'no such name', '192.0.2.7'],
  ['failure', v4, 'failure', '192.0.2.7'],
  ['no such name', 'no such name', v6, '2001:db8::7'],
])('one family is enough where the other has but a %s', async (_, a, aaaa, address) => {
  const { resolve } = await startServer({ a, aaaa });
  const found = await resolve('llm.example.com', signal);
  expect(found.map((entry) => entry.address)).toEqual([address]);
});

test('what is found counts, though the other family is never answered', async () => {
  const { resolve, asked } = await startServer({ a: v4, aaaa: undefined });
  const controller = new AbortController();
  const found = resolve('llm.example.com', controller.signal);
  await expect.poll(() => asked).toHaveLength(2);
  setTimeout(() => {
    controller.abort();
  }, 50);
  expect(await found).toEqual([{ address: '192.0.2.7', family: 4 }]);
});

test.each<Answer>(['no such name', 'failure'])(
  'a name without an address is an error: %s',
  async (answer) => {
    const { resolve } = await startServer({ a: answer, aaaa: answer });
    await expect(resolve('llm.example.com', signal)).rejects.toThrow('no address');
  },
);

test('names of /etc/hosts are asked of the server as well, as they are', async () => {
  const { resolve, asked } = await startServer({ a: 'no such name', aaaa: 'no such name' });
  await expect(resolve('localhost', signal)).rejects.toThrow('no address');
  expect(asked).toEqual(['localhost', 'localhost']);
});

// A latency is what the code can do: a machine that stood still for a moment may try again.
test(
  'look-ups whose servers are silent end with their signal, all at once, and keep no thread',
  { retry: 2 },
  async () => {
    const { resolve, asked } = await startServer({ a: undefined, aaaa: undefined });
    const controller = new AbortController();
    const found = Array.from({ length: 32 }, (_, index) =>
      resolve(`${index}.example.com`, controller.signal),
    );
    const ended = Promise.allSettled(found);
    await expect.poll(() => asked.length).toBe(64);
    controller.abort();
    const startedAtMs = performance.now();
    const states = await ended;
    expect(new Set(states.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(performance.now() - startedAtMs).toBeLessThan(200);
  },
);
