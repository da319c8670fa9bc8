import type { IncomingHttpHeaders } from 'node:http';
import { metadataSchema } from '@weir/contracts/envelope';
import { Fault } from '@weir/service-kit/fault';
import { describeIssue, schemaFault } from '@weir/service-kit/schema-fault';
import { z } from 'zod';
import { parseJsonText } from './json-body.ts';
import { firstSent } from './sent-header.ts';

const metadataHeaders = ['x-weir-metadata', 'x-portkey-metadata'];

/** Texts, and numbers and booleans as texts: many clients send those as they have them. */
export const givenMetadataSchema = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()], { error: 'must be a string' }).transform(String),
  )
  .pipe(metadataSchema);

/** What a request's headers say of it. Throws `invalid_header`, which names the header and the key at fault. */
export function metadataOf(headers: IncomingHttpHeaders): Record<string, string> | undefined {
  const sent = firstSent(headers, metadataHeaders);
  if (!sent) return undefined;
  const { name, text } = sent;
  const invalid = (message: string) => new Fault('invalid_header', { message, param: name });
  const value = parseJsonText(text, (reason) => invalid(`The header ${name} is not valid JSON: ${reason}.`));
  const metadata = givenMetadataSchema.safeParse(value, { error: describeIssue });
  if (metadata.success) return metadata.data;
  throw invalid(
    schemaFault(metadata.error, { whole: 'it', prefix: `The header ${name} is not valid: ` }).message,
  );
}
