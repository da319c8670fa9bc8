import type { z } from 'zod';
import { ErrorReply } from './reply.ts';
import type { JsonReply } from './reply.ts';

/** The first thing that is wrong with a request. */
export interface RequestIssue {
  kind: 'unknown' | 'missing' | 'invalid';
  path: (string | number)[];
  message: string;
}

/** Parses a request's body, or throws what `refuse` makes of the first problem in it. */
export function parseRequest<Request>(
  schema: z.ZodType<Request>,
  body: unknown,
  refuse: (issue: RequestIssue) => JsonReply,
): Request {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ErrorReply(refuse(describeIssue(innermostIssue(issue), body)));
}

interface PlacedIssue {
  issue: z.core.$ZodIssue;
  path: PropertyKey[];
}

/** Of a union's branches, the one that got furthest says best what is wrong. */
function innermostIssue(issue: z.core.$ZodIssue | undefined, prefix: PropertyKey[] = []): PlacedIssue {
  if (issue === undefined) throw new TypeError('A schema refused a request without saying why.');
  const path = [...prefix, ...issue.path];
  if (issue.code !== 'invalid_union') return { issue, path };
  const branches = issue.errors
    .flatMap((issues) => issues.slice(0, 1))
    .map((branch) => innermostIssue(branch, path));
  return branches.reduce((best, branch) => (branch.path.length > best.path.length ? branch : best), {
    issue,
    path,
  });
}

function describeIssue({ issue, path }: PlacedIssue, body: unknown): RequestIssue {
  const steps = path.map((step) => (typeof step === 'number' ? step : String(step)));
  if (issue.code === 'unrecognized_keys') {
    return { kind: 'unknown', path: [...steps, issue.keys[0] ?? ''], message: issue.message };
  }
  const isMissing = issue.code === 'invalid_type' && valueAt(body, steps) === undefined;
  return { kind: isMissing ? 'missing' : 'invalid', path: steps, message: issue.message };
}

function valueAt(body: unknown, path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (node, step) =>
      typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[step] : undefined,
    body,
  );
}
