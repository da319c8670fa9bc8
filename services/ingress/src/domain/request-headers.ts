import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '@weir/service-kit/fault';
import { safeParse, schemaFault } from '@weir/service-kit/schema-fault';
import type { z, ZodType } from 'zod';

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

/** `problem` is the rest of a sentence that begins with the header's name. */
export function invalidHeader(name: string, problem: string): Fault {
  return new Fault('invalid_header', { message: `The header ${name} ${problem}.`, param: name });
}

/** What a schema makes of a header's value. Throws `invalid_header`, which names the header and the field at fault. */
export function parseHeader<Schema extends ZodType>(
  schema: Schema,
  value: unknown,
  name: string,
): z.output<Schema> {
  const parsed = safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const { message } = schemaFault(parsed.error, { whole: 'it', prefix: `The header ${name} is not valid: ` });
  throw new Fault('invalid_header', { message, param: name });
}

/** Node reads headers as Latin-1; clients that send more than ASCII send UTF-8. */
function decoded(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : value;
}
