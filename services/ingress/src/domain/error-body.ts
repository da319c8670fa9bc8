import { faultTable } from '@weir/contracts/faults';
import type { Fault } from '@weir/service-kit/fault';

type ErrorType =
  'invalid_request_error' | 'authentication_error' | 'permission_error' | 'rate_limit_error' | 'server_error';

/** OpenAI's name for the kind of failure, which its SDKs' users switch on. */
export function errorType(status: number): ErrorType {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

/** A fault as OpenAI's clients expect it: `{ error: { message, type, code, param } }`, as JSON. */
export function errorBody({ code, message, details }: Fault): string {
  const type = errorType(faultTable[code].status);
  return JSON.stringify({ error: { message, type, code, param: details.param ?? null } });
}
