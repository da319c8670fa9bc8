import type { LimitState } from '@weir/contracts/cost/admission';
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
export function errorBody(fault: Fault): string {
  const { code, message, details } = fault;
  const { limit, param = null } = details;
  const error = { message, type: typeOf(fault), code, param, ...(limit && { limit: limitBody(limit) }) };
  const body: ErrorResponse = { error };
  return JSON.stringify(body);
}

/** OpenAI's own refusals say in the type what was exceeded. */
function typeOf({ code, details }: Fault): ErrorType {
  if (code === 'insufficient_quota') return 'insufficient_quota';
  if (code !== 'rate_limit_exceeded') return errorType(faultTable[code].status);
  return details.limit?.unit === 'tokens' ? 'tokens' : 'requests';
}

function limitBody({ scope, unit, window, model, limit, remaining, resetAtMs, contact }: LimitState) {
  return {
    scope,
    unit,
    window: window ?? null,
    model,
    limit,
    remaining,
    resets_at: resetAtMs === undefined ? null : new Date(resetAtMs).toISOString(),
    contact: contact ?? null,
  };
}
