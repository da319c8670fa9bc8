import { Fault } from '@weir/service-kit/fault';
import type { GuardedFetch } from '@weir/service-kit/outbound/guarded-fetch';
import type { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import type { z } from 'zod';
import { InvalidCheck } from './check-dependencies.ts';

/** A check's `url`, as far as it is known before it is connected to that it may be asked. Throws InvalidCheck. */
export function allowedUrl(text: string, hostPolicy: HostPolicy): URL {
  const url = new URL(text);
  const reason =
    url.username === '' && url.password === ''
      ? hostPolicy.checkHost(url.origin)
      : 'must have no user and no password';
  if (reason !== undefined) throw new InvalidCheck('url', reason);
  return url;
}

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
  const parsed = schema.safeParse(jsonOf(text));
  if (!parsed.success) throw unusable(`its answer is not as it has to be: ${placesOf(parsed.error)}`);
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const placesOf = ({ issues }: z.ZodError) =>
  issues.map(({ code, path }) => `${path.join('.')} ${code}`).join(', ');

/** What was answered, or was not, is no judgement. The reason is for the log. */
export const unusable = (reason: string) => new Fault('upstream_error', { cause: new Error(reason) });
