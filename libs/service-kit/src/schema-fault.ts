import type { FaultCode } from '@weir/contracts/faults';
import { z, type ZodType } from 'zod';
import { Fault } from './fault.ts';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

interface Problem {
  path: readonly PropertyKey[];
  message: string;
}

/** How many further problems are told beside the first. */
const maxFurther = 2;
/** Some keys are the caller's own, of any length. */
const maxKeyLength = 64;

/** Says what is wrong with a value as the rest of a sentence that begins with its path. For `safeParse`'s `error`. */
export function describeIssue(issue: RawIssue): string {
  if (issue.input === undefined) return 'is required';
  if (issue.code === 'invalid_type') return `must be ${kinds[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return `must be ${oneOf(issue.values)}`;
  if (issue.code === 'too_small') {
    const side = issue.inclusive === false ? 'greater than' : 'at least';
    return `must ${bound(issue.origin, side, issue.minimum)}`;
  }
  if (issue.code === 'too_big') {
    const side = issue.inclusive === false ? 'less than' : 'at most';
    return `must ${bound(issue.origin, side, issue.maximum)}`;
  }
  if (issue.code !== 'invalid_union') return 'is not valid';
  return Array.isArray(issue.options) ? `must be ${oneOf(issue.options)}` : alternatives(issue.errors);
}

interface FaultWords {
  code?: FaultCode;
  /** What a problem without a path is a problem of. */
  whole?: string;
  /** Said before the problems: `The config: `. */
  prefix?: string;
}

type Parsed<Data> =
  | { readonly success: true; readonly data: Data }
  | { readonly success: false; readonly data?: undefined; readonly error: z.core.$ZodError };

/**
 * A schema's `safeParse` that never throws. zod 4 compares the `length` of what it has already found to be no list or text, and
 * where that is an object which JSON has given a `toString` of its own, the comparison throws.
 */
export function safeParse<Schema extends ZodType>(schema: Schema, value: unknown): Parsed<z.output<Schema>> {
  try {
    return schema.safeParse(value, { error: describeIssue });
  } catch {
    const issue = { code: 'custom' as const, path: [], message: 'is not valid', input: undefined };
    return { success: false, error: new z.ZodError([issue]) };
  }
}

/** What a schema makes of a value from outside. Throws the `schemaFault` of what it refuses. */
export function parseOrFault<Schema extends ZodType>(
  schema: Schema,
  value: unknown,
  words?: FaultWords,
): z.output<Schema> {
  const parsed = safeParse(schema, value);
  if (!parsed.success) throw schemaFault(parsed.error, words);
  return parsed.data;
}

/** The first problem of a value, by default of a body, with its path as `param`; the text tells of a few more. */
export function schemaFault(
  error: z.core.$ZodError,
  { code = 'invalid_request', whole = 'The body', prefix = '' }: FaultWords = {},
): Fault {
  const problems = error.issues
    .flatMap(eachKey)
    .slice(0, 1 + maxFurther)
    .map(mostSpecific);
  const [first] = problems;
  if (!first) return new Fault(code);
  const param = pathText(first.path);
  const sentence = ({ path, message }: Problem) => `${pathText(path) || whole} ${message}`;
  return new Fault(code, {
    message: `${prefix}${problems.map(sentence).join('; ')}.`,
    ...(param && { param }),
  });
}

/** Keys that a schema does not know are each a problem of their own. */
function eachKey(issue: Issue): Issue[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  return issue.keys
    .slice(0, 1 + maxFurther)
    .map((key) => ({ ...issue, path: [...issue.path, key], message: 'is not a known field' }));
}

/** Where a value may have several forms, the one that it fits furthest, and with the fewest problems, was meant. */
function mostSpecific(issue: Issue): Problem {
  if (issue.code !== 'invalid_union') return issue;
  const ofItsType = issue.errors.filter((form) => !form.some(isOfType));
  const problems = (ofItsType.length > 0 ? ofItsType : issue.errors)
    .toSorted((a, b) => a.length - b.length)
    .flat()
    .map(mostSpecific);
  const [best] = problems.toSorted((a, b) => b.path.length - a.path.length);
  if (!best || best.path.length === 0) return issue;
  return { path: [...issue.path, ...best.path], message: best.message };
}

/** A form that has another `type` was not meant, whatever else is wrong. */
const isOfType = ({ path }: Issue) => path.length === 1 && path[0] === 'type';

/** `messages[0].content`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key).slice(0, maxKeyLength)}`))
    .join('')
    .replace(/^\./, '');
}

const kinds: Record<string, string> = {
  array: 'an array',
  boolean: 'true or false',
  int: 'an integer',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
};

function oneOf(values: readonly unknown[]): string {
  const quoted = values.map((value) => JSON.stringify(value));
  return quoted.length === 1 ? quoted.join() : `one of ${quoted.join(', ')}`;
}

function bound(origin: string, side: string, limit: number | bigint): string {
  const plural = Number(limit) === 1 ? '' : 's';
  if (origin === 'string') return `have ${side} ${limit} character${plural}`;
  if (origin === 'array') return `have ${side} ${limit} item${plural}`;
  return `be ${side} ${limit}`;
}

function alternatives(branches: readonly (readonly { message: string }[])[]): string {
  return [...new Set(branches.flat().map(({ message }) => message))].join(' or ');
}
