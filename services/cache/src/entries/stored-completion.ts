import { promisify } from 'node:util';
import { deflate, deflateSync, inflate, inflateSync } from 'node:zlib';

const deflateInPool = promisify(deflate);
const inflateInPool = promisify(inflate);

/** Shorter ones gain nothing. */
const compressedFrom = 1_024;
/** Beyond it a thread of the pool does the work, which costs more and does not stand in others' way. */
const synchronousBytes = 16_384;
/** No entry is larger, whatever the bytes say. */
const maxLength = 16 * 1_024 * 1_024;

/** Most of the price of a short one is the memory that its compressor is given: with these, a fifth of what zstd takes. */
const shortOptions = { level: 1, windowBits: 13, memLevel: 6 };

/** JSON begins with another byte than what is compressed does. */
const openingBrace = 0x7b;

/** The form in which the JSON of an object is kept. */
export async function packCompletion(json: string): Promise<Buffer> {
  const bytes = Buffer.from(json);
  if (bytes.length < compressedFrom) return bytes;
  return bytes.length < synchronousBytes ? deflateSync(bytes, shortOptions) : deflateInPool(bytes);
}

/** Rejects where the bytes are not what was kept. */
export async function unpackCompletion(bytes: Buffer): Promise<string> {
  if (bytes[0] === openingBrace) return bytes.toString();
  const options = { maxOutputLength: maxLength };
  const unpacked =
    bytes.length < synchronousBytes ? inflateSync(bytes, options) : await inflateInPool(bytes, options);
  return unpacked.toString();
}
