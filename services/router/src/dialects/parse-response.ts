import { Fault } from '@weir/service-kit/fault';
import type { z } from 'zod';
import { describeError, hasError, type ErrorBody } from './error-body.ts';
import { parseExactJson } from '@weir/service-kit/exact-json';

/** How a dialect maps an error whose status is not known. */
type ToFault = (error: ErrorBody) => Fault;

/**
 * Parses what came as a success. Throws a Fault where it is no JSON or reports an error instead. A parser's complaint
 * quotes what it complains of, and an answer's text may stand in no log: the causes have none of it. `JSON.parse` will do
 * for what is passed on as the text that came.
 */
export function parseJson(
  text: string,
  toFault: ToFault,
  parseJson: (text: string) => unknown = parseExactJson,
): unknown {
  const body = parse(text, parseJson);
  if (hasError(body)) throw toFault(describeError(body));
  return body;
}

/** Reads what must have the schema's form. */
export function parseAs<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(body);
  if (!error) return data;
  const paths = error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ');
  throw invalid(`Not as expected: ${paths}`);
}

/** A Fault for an answer that cannot be understood. `reason` is for the log and quotes nothing. */
export function invalid(reason: string): Fault {
  return new Fault('upstream_invalid_response', { cause: new Error(reason) });
}

function parse(text: string, parseJson: (text: string) => unknown): unknown {
  try {
    return parseJson(text);
  } catch {
    throw invalid(text.trim() === '' ? 'Empty' : 'Not JSON');
  }
}
