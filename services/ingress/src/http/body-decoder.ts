import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import { Fault } from '@weir/service-kit/fault';

/** As RFC 8878 advises: a frame may ask for more memory than that before it says anything. */
const zstdWindowLog = 23;

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  br: createBrotliDecompress,
  deflate: createInflate,
  zstd: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLog } }),
};

/** What a body may be encoded in, as the header `accept-encoding` has it. */
export const acceptedEncodings = 'gzip, br, deflate, zstd';

/** A stream that decodes bodies of such a `content-encoding`; undefined where they come as they are. Throws `unsupported_content_encoding`. */
export function createBodyDecoder(contentEncoding = 'identity'): Transform | undefined {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return undefined;
  const create = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (!create) throw new Fault('unsupported_content_encoding');
  return create();
}
