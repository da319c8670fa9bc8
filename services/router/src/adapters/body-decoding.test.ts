import { once } from 'node:events';
import type { Transform } from 'node:stream';
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createDeflateRaw,
  createGzip,
  createZstdCompress,
  deflateRawSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBody } from './body-decoding.ts';

const codings: [name: string, coding: string, createEncoder: () => Transform][] = [
  ['gzip', 'gzip', () => createGzip({ flush: constants.Z_SYNC_FLUSH })],
  ['gzip by its old name, in capitals', 'X-GZIP', () => createGzip({ flush: constants.Z_SYNC_FLUSH })],
  ['deflate', 'deflate', () => createDeflate({ flush: constants.Z_SYNC_FLUSH })],
  ['deflate without a header', 'deflate', () => createDeflateRaw({ flush: constants.Z_SYNC_FLUSH })],
  ['br', 'br', () => createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH })],
  ['zstd', 'zstd', () => createZstdCompress({ flush: constants.ZSTD_e_flush })],
];

async function* from(pieces: readonly Buffer[]): AsyncGenerator<Buffer, undefined> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

async function textOf(pieces: AsyncIterator<Buffer>): Promise<string> {
  const read: Buffer[] = [];
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) read.push(next.value);
  return Buffer.concat(read).toString();
}

/** The texts, each flushed, in the pieces in which they are compressed, and the end. */
async function compress(createEncoder: () => Transform, texts: readonly string[]): Promise<Buffer[]> {
  const encoder = createEncoder();
  const written: Buffer[] = [];
  encoder.on('data', (piece: Buffer) => written.push(piece));
  const pieces: Buffer[] = [];
  const take = () => pieces.push(Buffer.concat(written.splice(0)));
  for (const text of texts) {
    await new Promise((resolve) => encoder.write(text, resolve));
    take();
  }
  await once(encoder.end(), 'end');
  take();
  return pieces;
}

function cut(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

describe.each(codings)('%s', (_, coding, createEncoder) => {
  test('what was flushed comes at once', async () => {
    const texts = ['data: {"content":"Xin chào"}\n\n', ': still there\n\n', 'data: [DONE]\n\n'];
    const decoded = decodeBody(from(await compress(createEncoder, texts)), coding);
    for (const text of texts) {
      const next = await decoded.next();
      expect(next.done !== true && next.value.toString()).toBe(text);
    }
    expect(await textOf(decoded)).toBe('');
  });

  test('any cutting of the bytes gives the same text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        async (texts, size) => {
          const bytes = Buffer.concat(await compress(createEncoder, texts));
          expect(await textOf(decodeBody(from(cut(bytes, size)), coding))).toBe(texts.join(''));
        },
      ),
      { numRuns: 10 },
    );
  });

  test('what has come of a body that breaks off is given', async () => {
    const [first, second] = await compress(createEncoder, ['data: 1\n\n', 'data: 2\n\n']);
    const cutOff = [first ?? Buffer.of(), second?.subarray(0, 2) ?? Buffer.of()];
    expect(await textOf(decodeBody(from(cutOff), coding))).toContain('data: 1\n\n');
  });

  test('what is not so compressed is invalid', async () => {
    const broken = from([Buffer.from([0xff, 0xff, 0xff]), Buffer.alloc(1_000, 'no such thing')]);
    await expect(textOf(decodeBody(broken, coding))).rejects.toMatchObject({
      code: 'upstream_invalid_response',
    });
  });

  test('a body without a byte is empty', async () => {
    expect(await textOf(decodeBody(from([Buffer.of()]), coding))).toBe('');
  });
});

test.each<[string, string, (bytes: Buffer) => Buffer]>([
  ['gzip', 'gzip', gzipSync],
  ['br', 'br', (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })],
  ['zstd', 'zstd', zstdCompressSync],
])('few bytes that become very many are given up: %s', async (_, coding, compressSync) => {
  const bomb = compressSync(Buffer.alloc(16 * 1024 * 1024));
  expect(bomb.length).toBeLessThan(80_000);
  const decoded = decodeBody(from(cut(bomb, 4_096)), coding);
  await expect(textOf(decoded)).rejects.toMatchObject({ code: 'upstream_answer_too_large' });
});

test.each([undefined, 'identity', ''])('what is not compressed is not touched: %s', (coding) => {
  const pieces = from([]);
  expect(decodeBody(pieces, coding)).toBe(pieces);
});

test.each(['compress', 'utf-8', 'none', '__proto__'])(
  'a header that names no coding says nothing: %s',
  async (coding) => {
    expect(await textOf(decodeBody(from([Buffer.from('{}')]), coding))).toBe('{}');
  },
);

test.each(['gzip', 'zstd'])(
  'text that was not compressed is read, whatever the header says: %s',
  async (coding) => {
    for (const text of ['{"a":1}', 'data: {}\n\n', '\n: wait\n\n', '[]']) {
      expect(await textOf(decodeBody(from(cut(Buffer.from(text), 3)), coding))).toBe(text);
    }
  },
);

test('what is compressed twice comes in pieces, however much a short one becomes', async () => {
  const part = Buffer.alloc(64 * 1024);
  const flushed = deflateRawSync(part, {
    flush: constants.Z_FULL_FLUSH,
    finishFlush: constants.Z_FULL_FLUSH,
  });
  const bomb = deflateRawSync(Buffer.concat(Array<Buffer>(500).fill(flushed)));
  expect(bomb.length).toBeLessThan(8 * 1024);
  const decoded = decodeBody(from([bomb]), 'deflate, deflate');
  const first = await decoded.next();
  expect(first.done !== true && first.value.length).toBeGreaterThan(0);
  expect(first.done !== true && first.value.length).toBeLessThan(120 * part.length);
  await decoded.return?.();
});

test('codings come off in the order in which they were not applied', async () => {
  const bytes = brotliCompressSync(gzipSync('data: {}\n\n'));
  expect(await textOf(decodeBody(from(cut(bytes, 5)), 'gzip, identity, br'))).toBe('data: {}\n\n');
});
