import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress, zstdDecompressSync } from 'node:zlib';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Shorter ones gain nothing. */
const compressedFrom = 1_024;
/** Beyond it a thread of the pool does the work, which costs more and does not stand in others' way. */
const synchronousBytes = 16_384;
/** No entry is larger, whatever the bytes say. */
const maxLength = 16 * 1_024 * 1_024;

/** JSON begins with another byte than what is compressed does. */
const openingBrace = 0x7b;

/** The form in which the JSON of an object is kept. */
export async function packCompletion(json: string): Promise<Buffer> {
  const bytes = Buffer.from(json);
  return bytes.length < compressedFrom ? bytes : compress(bytes);
}

/** Rejects where the bytes are not what was kept. */
export async function unpackCompletion(bytes: Buffer): Promise<string> {
  if (bytes[0] === openingBrace) return bytes.toString();
  const options = { maxOutputLength: maxLength };
  const unpacked =
    bytes.length < synchronousBytes ? zstdDecompressSync(bytes, options) : await decompress(bytes, options);
  return unpacked.toString();
}
