import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '@weir/service-kit/fault';

/** On whose behalf a request is made. */
export interface Authenticated {
  readonly tenant: string;
  /** The stored routing config that the caller's key is bound to. */
  readonly config?: string | undefined;
}

/**
 * Judges the head of a request, before any of its body is read. Throws or rejects with what becomes the answer. What needs
 * nothing but the headers returns at once, and costs no promise.
 */
export type Admit = (headers: IncomingHttpHeaders) => Authenticated | Promise<Authenticated>;

/** For now every key is good, and all are the default organisation's. */
export const authenticate: Admit = (headers) => {
  if (keyFromHeaders(headers) === undefined) throw new Fault('missing_api_key');
  return { tenant: 'default' };
};

/** Lets the operator's key in, and no other; nobody where there is none. An admin acts for no organisation in particular. */
export const createAuthenticateAdmin =
  (adminKey: string | undefined): Admit =>
  (headers) => {
    if (adminKey === undefined || !isAdminKey(keyFromHeaders(headers) ?? '', adminKey))
      throw new Fault('invalid_admin_key');
    return { tenant: 'default' };
  };

/** Whether a caller has the operator's key. The time that it takes tells nothing of the key, its length included. */
export function isAdminKey(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

const digestOf = (key: string) => createHash('sha256').update(key).digest();

/** The key, by whichever header the client's dialect sends it. */
function keyFromHeaders(headers: IncomingHttpHeaders): string | undefined {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  return bearer ?? textOf(headers['x-api-key']) ?? textOf(headers['api-key']);
}

function textOf(header: string | string[] | undefined): string | undefined {
  const text = typeof header === 'string' ? header.trim() : '';
  return text === '' ? undefined : text;
}
