import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '@weir/service-kit/fault';
import type { Arrival, Identified } from './arrival.ts';
import type { Stage } from './stage.ts';

/** Finds out on whose behalf a request is made. For now every key is good, and all are the default organisation's. */
export const authenticate: Stage<Arrival, Identified> = ({ answer, deadlineAtMs, headers }, next) => {
  requireKey(headers);
  const { requestId, traceparent } = answer;
  const tenant = 'default';
  answer.tenant = tenant;
  return next({ envelope: { requestId, tenant, traceparent, deadlineAtMs } });
};

/** Throws `missing_api_key` where there is none: nothing more of such a request need be read. */
export function requireKey(headers: IncomingHttpHeaders): string {
  const key = keyOf(headers);
  if (key === undefined) throw new Fault('missing_api_key');
  return key;
}

/** The key, by whichever header the client's dialect sends it. */
export function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  return bearer ?? textOf(headers['x-api-key']) ?? textOf(headers['api-key']);
}

function textOf(header: string | string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header.trim() : '';
  return text === '' ? undefined : text;
}
