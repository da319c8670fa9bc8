import { Fault } from '@weir/service-kit/fault';
import { pathText, safeParse } from '@weir/service-kit/schema-fault';
import type { z } from 'zod';
import { describeError, hasError, type ErrorBody } from './error-body.ts';
import { parseExactJson } from '@weir/service-kit/exact-json';

/** How a dialect maps an error whose status is not known. */
type ToFault = (error: ErrorBody) => Fault;

/**
 * Parses what came as a success. Throws a Fault where it is no JSON or reports an error instead. A parser's complaint
 * quotes what it complains of, and an answer's text may stand in no log: the causes have none of it. `parseMeasuredJson` will do
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
  const parsed = safeParse(schema, body);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const paths = issues.slice(0, maxPaths).map((issue) => pathText(issue.path) || 'the whole');
  const more = issues.length > maxPaths ? [`${issues.length - maxPaths} more`] : [];
  throw invalid(`Not as expected: ${[...paths, ...more].join(', ')}`);
}

/**
 * What a schema makes of a value, without saying what is wrong with it; undefined where it is not valid. zod 4 throws where it
 * compares the `length` of what is no list, and is an object of a stranger's. To have it describe each problem costs more than to parse.
 */
export function tryParseAs<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): z.output<Schema> | undefined {
  try {
    return schema.safeParse(body).data;
  } catch {
    return undefined;
  }
}

/** How many of the places that are not as expected stand in the log. */
const maxPaths = 3;

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
