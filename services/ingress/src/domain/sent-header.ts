import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';

export interface SentHeader {
  readonly name: string;
  readonly text: string;
}

/** The first of these headers that was sent, without the white space around it. */
export function firstSent(headers: IncomingHttpHeaders, names: readonly string[]): SentHeader | undefined {
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string') return { name, text: decoded(value).trim() };
  }
  return undefined;
}

/** Node reads headers as Latin-1; clients that send more than ASCII send UTF-8. */
function decoded(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : value;
}
