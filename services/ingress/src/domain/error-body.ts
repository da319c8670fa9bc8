import type { ErrorResponse } from '@weir/contracts/error-response';
import { faultTable } from '@weir/contracts/faults';
import type { Fault } from '@weir/service-kit/fault';

type ErrorType = ErrorResponse['error']['type'];

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
  const body: ErrorResponse = { error: { message, type, code, param: details.param ?? null } };
  return JSON.stringify(body);
}
