import { Fault } from '@weir/service-kit/fault';
import type { z } from 'zod';

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

/** The first problem of a body, with its path as `param`; the text tells of a few more. */
export function schemaFault(error: z.core.$ZodError): Fault {
  const [first, ...further] = error.issues.slice(0, 1 + maxFurther).map(mostSpecific);
  if (!first) return new Fault('invalid_request');
  const param = pathText(first.path);
  return new Fault('invalid_request', {
    message: `${[first, ...further].map(sentence).join('; ')}.`,
    ...(param && { param }),
  });
}

/** Where a value may have several forms, the one that it fits furthest, and with the fewest problems, was meant. */
function mostSpecific(issue: Issue): Problem {
  if (issue.code !== 'invalid_union') return issue;
  const problems = issue.errors
    .toSorted((a, b) => a.length - b.length)
    .flat()
    .map(mostSpecific);
  const [best] = problems.toSorted((a, b) => b.path.length - a.path.length);
  if (!best || best.path.length === 0) return issue;
  return { path: [...issue.path, ...best.path], message: best.message };
}

const sentence = ({ path, message }: Problem) => `${pathText(path) || 'The body'} ${message}`;

/** `messages[0].content`. */
function pathText(path: readonly PropertyKey[]): string {
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
