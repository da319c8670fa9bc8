import type { IncomingHttpHeaders } from 'node:http';
import { givenMetadataSchema } from '@weir/contracts/envelope';
import { parseJsonText } from './json-body.ts';
import { firstSent, invalidHeader, parseHeader } from './request-headers.ts';

const metadataHeaders = ['x-weir-metadata', 'x-portkey-metadata'];

/** What a request's headers say of it. Throws `invalid_header`, which names the header and the key at fault. */
export function metadataFromHeaders(headers: IncomingHttpHeaders): Record<string, string> | undefined {
  const sent = firstSent(headers, metadataHeaders);
  if (!sent) return undefined;
  const { name, text } = sent;
  const value = parseJsonText(text, (reason) => invalidHeader(name, `is not valid JSON: ${reason}`));
  return parseHeader(givenMetadataSchema, value, name);
}
