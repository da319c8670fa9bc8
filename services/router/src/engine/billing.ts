import { systemCode } from '../adapters/transport-fault.ts';
import type { AttemptResult } from './attempt.ts';

/** What keeps a request from ever reaching a provider. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'EPROTO',
]);

/** OpenSSL's words for a certificate that is not trusted, and Node's: no request is sent over such a connection. */
const ofTls = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/**
 * Whether a provider may have done the work, and bill it. One that answers with an error status has not; of a connection
 * that broke, or an answer that was not waited for, nobody knows.
 */
export function mayBeBilled(result: AttemptResult): boolean {
  if (result.ok) return true;
  const { fault, status } = result.failure;
  if (status !== undefined || fault.code === 'host_not_allowed') return false;
  const code = systemCode(fault.cause) ?? '';
  return !neverSent.has(code) && !ofTls.test(code);
}
