import type { z } from 'zod';
import { answerJsonLimits } from '@weir/contracts/limits';
import { tryParseBoundedJson } from '../bounded-json.ts';
import { Fault } from '../fault.ts';
import { pathText, safeParse } from '../schema-fault.ts';
import type { GuardedFetch } from './guarded-fetch.ts';

interface JsonCall<Schema extends z.ZodType> {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly schema: Schema;
}

/** Posts JSON, and reads what is answered. Rejects with a Fault, whose cause tells what was wrong with the answer, and holds none of it. */
export async function askJson<Schema extends z.ZodType>(
  fetch: GuardedFetch,
  url: URL,
  { body, headers, schema, signal }: JsonCall<Schema>,
): Promise<z.output<Schema>> {
  const sent = { ...headers, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers: sent, body, signal });
  if (!response.ok) throw unusable(`it has answered with ${response.status}`);
  const text = await response.text();
  const parsed = safeParse(schema, tryParseBoundedJson(text, answerJsonLimits));
  if (!parsed.success) throw unusable(`its answer is not as it has to be: ${placesOf(parsed.error)}`);
  return parsed.data;
}

/** Some of the names may be the answer's own. */
const placesOf = ({ issues }: z.core.$ZodError) =>
  issues
    .slice(0, 3)
    .map(({ code, path }) => `${pathText(path)} ${code}`)
    .join(', ');

/** What was answered, or was not, is of no use. The reason is for the log. */
export const unusable = (reason: string) => new Fault('upstream_error', { cause: new Error(reason) });
