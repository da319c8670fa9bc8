import { once } from 'node:events';
import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { Fault } from '@weir/service-kit/fault';
import { maxAnswerBytes } from '@weir/contracts/limits';
import { responseTooLarge } from './response-limit.ts';

// Providers are asked for plain answers (`accept-encoding: identity`, which also keeps a stream's events from being held
// back until they are worth compressing). Some compress all the same, whatever they are asked for.

/** They give what they have, and a body that breaks off is judged by what it says, as without compression. */
const zlibOptions = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const { BROTLI_OPERATION_FLUSH: brotliFlush, ZSTD_e_flush: zstdFlush } = constants;

/** `first` is the body's first byte. Undefined where it shows that the body is not compressed. */
type CreateDecoder = (first: number) => Transform | undefined;

/** By what `content-encoding` calls them. */
const createDecoder: Readonly<Record<string, CreateDecoder>> = {
  gzip: (first) => (isText(first) ? undefined : createGunzip(zlibOptions)),
  'x-gzip': (first) => (isText(first) ? undefined : createGunzip(zlibOptions)),
  // Some servers leave zlib's header out, which begins with the method: 8.
  deflate: (first) => ((first & 0x0f) === 8 ? createInflate(zlibOptions) : createInflateRaw(zlibOptions)),
  br: () => createBrotliDecompress({ flush: brotliFlush, finishFlush: brotliFlush }),
  zstd: (first) =>
    isText(first) ? undefined : createZstdDecompress({ flush: zstdFlush, finishFlush: zstdFlush }),
};

/** How JSON and events begin, and nothing that gzip or zstd has made: some hosts keep the header and send plain text. */
function isText(first: number): boolean {
  return '{[:deir \r\n\t'.includes(String.fromCharCode(first));
}

/** Nobody compresses more often. */
const maxCodings = 4;

/** How much larger a body may become, beside what any may become: no text that says something shrinks so much. */
const maxRatio = 100;

/**
 * The bytes of a body as they were before they were compressed: those that are there already, where they were not. What was
 * flushed on its way comes at once. A header that names what is no coding (`utf-8`, `none`) says nothing, as to other clients.
 * Ends with a Fault where the coding is broken, or where few bytes become too many.
 */
export function decodeBody(
  pieces: AsyncIterator<Buffer>,
  contentEncoding: string | string[] = 'identity',
): AsyncIterator<Buffer> {
  const codings = contentEncoding.toString().toLowerCase().split(',');
  const creates = codings
    .map((coding) => coding.trim())
    .filter((coding) => Object.hasOwn(createDecoder, coding))
    .flatMap((coding) => createDecoder[coding] ?? []);
  // What was applied last comes off first.
  return creates.slice(-maxCodings).reduceRight(decode, pieces);
}

async function* decode(
  pieces: AsyncIterator<Buffer>,
  create: CreateDecoder,
): AsyncGenerator<Buffer, undefined> {
  let decoder: Decoder | undefined;
  let isBegun = false;
  try {
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      const [first] = next.value;
      if (first === undefined) continue;
      if (!isBegun) {
        const stream = create(first);
        decoder = stream && new Decoder(stream);
        isBegun = true;
      }
      // Empty where a part of a block has come: a sign of life all the same.
      if (!decoder) yield next.value;
      else for (const part of partsOf(next.value)) yield await decoder.push(part);
    }
    if (decoder) yield await decoder.end();
  } finally {
    decoder?.destroy();
    await pieces.return?.();
  }
}

/**
 * How much is decoded at once, in bytes: what it becomes is held as a whole, and may be a thousand times that. Where a body is
 * compressed twice, a short piece of it is megabytes for the second decoder, which may make gigabytes of them.
 */
const maxPartBytes = 8 * 1024;

function* partsOf(piece: Buffer): Generator<Buffer, undefined> {
  for (let from = 0; from < piece.length; from += maxPartBytes)
    yield piece.subarray(from, from + maxPartBytes);
}

/** Decodes piece by piece. What one piece becomes is held as a whole, within the limits. */
class Decoder {
  readonly #stream: Transform;
  /** A stream that fails forgets whoever waits for a write. */
  readonly #failed: Promise<never>;
  #pieces: Buffer[] = [];
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(stream: Transform) {
    this.#stream = stream;
    stream.on('data', (piece: Buffer) => {
      this.#pieces.push(piece);
      this.#bytesOut += piece.length;
      if (this.#bytesOut <= maxAnswerBytes + this.#bytesIn * maxRatio) return;
      stream.destroy(responseTooLarge(maxAnswerBytes));
    });
    const { promise, reject } = Promise.withResolvers<never>();
    this.#failed = promise;
    promise.catch(() => undefined);
    stream.on('error', reject);
  }

  async push(bytes: Buffer): Promise<Buffer> {
    this.#bytesIn += bytes.length;
    const { promise: written, resolve } = Promise.withResolvers<unknown>();
    this.#stream.write(bytes, resolve);
    return this.#whole(written);
  }

  async end(): Promise<Buffer> {
    return this.#whole(once(this.#stream.end(), 'end'));
  }

  destroy(): void {
    this.#stream.destroy();
  }

  async #whole(done: Promise<unknown>): Promise<Buffer> {
    try {
      await Promise.race([done, this.#failed]);
      // A write may be told to be done before that it was the last.
      if (this.#stream.errored) await this.#failed;
    } catch (thrown) {
      if (thrown instanceof Fault) throw thrown;
      throw new Fault('upstream_invalid_response', { cause: thrown });
    }
    const pieces = this.#pieces;
    this.#pieces = [];
    return Buffer.concat(pieces);
  }
}
