import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { chat, type Ingress, jsonHeaders, post, startIngress } from './harness.ts';
import { testKey } from './keys.ts';
import { RawConnection, requestText } from './raw-connection.ts';

const mebibyte = 1024 * 1024;

/** The head of a request whose body of so many bytes is yet to come. */
const headOf = (bytes: number) => requestText('').replace('content-length: 0', `content-length: ${bytes}`);

test('a body in pieces of one byte takes nowhere near the memory of its pieces', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  const before = process.memoryUsage.rss();
  client.send(requestText('').replace('content-length: 0', 'transfer-encoding: chunked'));
  client.send('1\r\n \r\n'.repeat(mebibyte));
  client.send('0\r\n\r\n');
  await client.until('invalid_json');
  // Some 160, of which the client has a part; kept until the end, the pieces took 500.
  expect(process.memoryUsage.rss() - before).toBeLessThan(250 * mebibyte);
});

test('a body in several pieces reaches the router byte by byte', async () => {
  const ingress = await startIngress();
  const asked = ingress.bus.nextCall();
  const bytes = Buffer.from(JSON.stringify({ ...chat, padding: 'ünïcode'.repeat(10_000) }));
  const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 20_000), bytes.subarray(20_000)];

  const answer = post(ingress, '', { body: ReadableStream.from(pieces), duplex: 'half' });
  const call = await asked;
  call.end('{}');

  expect((await answer).status).toBe(200);
  expect(Buffer.from(call.body).equals(bytes)).toBe(true);
});

test('without a key the answer is a 401 before the body has come', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  client.send(headOf(8 * mebibyte).replace(`authorization: Bearer ${testKey}\r\n`, ''));
  expect(await client.until('missing_api_key')).toMatch(/^HTTP\/1\.1 401 /);
});

test('a body that says it is too large is a 413 before it has come', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  client.send(headOf(8 * mebibyte + 1));
  expect(await client.until('body_too_large')).toMatch(/^HTTP\/1\.1 413 /);
});

test('beyond what unfinished bodies may hold in all, one more is a 503 that is worth another try', async () => {
  const ingress = await startIngress({ WEIR_MAX_RECEIVING_BYTES: '20000' });
  ingress.bus.onCall = (call) => {
    call.end('{}');
  };
  const large = { ...chat, padding: 'x'.repeat(10_000) };
  const ask = async () => {
    const response = await post(ingress, large);
    await response.text();
    return [response.status, response.headers.get('x-should-retry')];
  };

  const unfinished = await RawConnection.to(ingress.port);
  unfinished.send(requestText(JSON.stringify(large)).slice(0, -1));
  await expect.poll(ask).toEqual([503, 'true']);

  unfinished.socket.destroy();
  await expect.poll(ask).toEqual([200, null]);
  await expect.poll(ask).toEqual([200, null]);
});

test('a length that is only claimed holds nothing', async () => {
  const ingress = await startIngress({ WEIR_MAX_RECEIVING_BYTES: '40000' });
  ingress.bus.onCall = (call) => {
    call.end('{}');
  };
  const claimant = await RawConnection.to(ingress.port);
  claimant.send(`${headOf(8 * mebibyte)}{`);
  await expect.poll(() => ingress.tracker.open.length).toBe(1);
  expect((await post(ingress, chat)).status).toBe(200);
});

describe('an encoded body', () => {
  const spaces = Buffer.alloc(9 * mebibyte, ' ');
  const encoded = (body: Uint8Array<ArrayBuffer>, encoding: string, ingress: Ingress) =>
    post(ingress, '', { body, headers: { ...jsonHeaders, 'content-encoding': encoding } });

  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
    ['identity', (bytes: Buffer) => Buffer.from(bytes)],
  ])('in %s reaches the router as it was before', async (encoding, compress) => {
    const ingress = await startIngress();
    const asked = ingress.bus.nextCall();
    const bytes = Buffer.from(JSON.stringify({ ...chat, padding: 'ünïcode'.repeat(10_000) }));
    const answer = encoded(compress(bytes), encoding, ingress);
    const call = await asked;
    call.end('{}');
    expect((await answer).status).toBe(200);
    expect(Buffer.from(call.body).equals(bytes)).toBe(true);
  });

  test.each([
    ['gzip', Buffer.concat(Array<Buffer>(128).fill(gzipSync(spaces)))],
    ['br', brotliCompressSync(spaces, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['zstd', Buffer.concat(Array<Buffer>(128).fill(zstdCompressSync(spaces)))],
  ])(
    'in %s that becomes too large is a 413, and takes no more memory than the largest body',
    async (encoding, bomb) => {
      const ingress = await startIngress();
      const before = process.memoryUsage.rss();
      const response = await encoded(bomb, encoding, ingress);
      expect([response.status, await response.json()]).toMatchObject([
        413,
        { error: { code: 'body_too_large' } },
      ]);
      expect(process.memoryUsage.rss() - before).toBeLessThan(150 * mebibyte);
    },
  );

  test.each([
    ['of another encoding', 'gzip', Buffer.from(JSON.stringify(chat))],
    ['that is cut', 'gzip', gzipSync(JSON.stringify(chat)).subarray(0, -12)],
    ['that is cut', 'zstd', zstdCompressSync(JSON.stringify(chat)).subarray(0, -4)],
  ])('%s is a 400 that names the header', async (_name, encoding, bytes) => {
    const response = await encoded(Buffer.from(bytes), encoding, await startIngress());
    const message = expect.stringContaining(`content-encoding: ${encoding}`) as string;
    expect([response.status, await response.json()]).toMatchObject([400, { error: { message } }]);
  });

  test.each(['lzw', 'gzip, br', 'constructor'])(
    'in %s is a 415 that says what is taken',
    async (encoding) => {
      const response = await encoded(Buffer.from('x'), encoding, await startIngress());
      expect([response.status, response.headers.get('accept-encoding')]).toEqual([
        415,
        'gzip, br, deflate, zstd',
      ]);
      expect(await response.json()).toMatchObject({ error: { code: 'unsupported_content_encoding' } });
    },
  );
});
