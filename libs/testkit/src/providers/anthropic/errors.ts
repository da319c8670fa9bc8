import type { Anthropic } from '@anthropic-ai/sdk';
import type { ProviderErrors } from '../protocol.ts';
import type { JsonReply } from '../reply.ts';
import { jsonReply } from '../reply.ts';
import type { RequestIssue } from '../request-issue.ts';

type ErrorType = Anthropic.ErrorType | 'request_too_large';

interface AnthropicError {
  type: ErrorType;
  message: string;
}

const INVALID_REQUEST: AnthropicError = { type: 'invalid_request_error', message: 'Invalid request.' };
const SERVER_ERROR: AnthropicError = { type: 'api_error', message: 'Internal server error' };

const ERRORS_BY_STATUS: Record<number, AnthropicError> = {
  401: { type: 'authentication_error', message: 'invalid x-api-key' },
  402: { type: 'billing_error', message: 'Your credit balance is too low to access the Anthropic API.' },
  403: { type: 'permission_error', message: 'Your API key does not have permission to use this resource.' },
  404: { type: 'not_found_error', message: 'Not found' },
  413: { type: 'request_too_large', message: 'Request exceeds the maximum size' },
  429: {
    type: 'rate_limit_error',
    message: "This request would exceed your account's rate limit. Please try again later.",
  },
  504: { type: 'timeout_error', message: 'The request timed out.' },
  529: { type: 'overloaded_error', message: 'Overloaded' },
};

export const anthropicErrors: ProviderErrors = {
  status(status) {
    const fallback = status >= 500 ? SERVER_ERROR : INVALID_REQUEST;
    const { type, message } = ERRORS_BY_STATUS[status] ?? fallback;
    return errorReply(status, type, message);
  },
  invalidKey(headers) {
    const isBearer = headers['x-api-key'] === undefined && headers.authorization !== undefined;
    return errorReply(401, 'authentication_error', isBearer ? 'Invalid bearer token' : 'invalid x-api-key');
  },
  unknownRoute() {
    return errorReply(404, 'not_found_error', 'Not Found');
  },
  unreadableBody() {
    return invalidRequest('The request body is not valid JSON');
  },
  contextLength() {
    return invalidRequest('prompt is too long: 210000 tokens > 200000 maximum');
  },
  contentPolicy() {
    return invalidRequest('Output blocked by content filtering policy');
  },
};

export function invalidRequest(message: string): JsonReply {
  return errorReply(400, 'invalid_request_error', message);
}

/** What Anthropic says of a body that does not fit its schema. */
export function refuseRequest(issue: RequestIssue): JsonReply {
  const path = issue.path.join('.');
  switch (issue.kind) {
    case 'unknown':
      return invalidRequest(`${path}: Extra inputs are not permitted`);
    case 'missing':
      return invalidRequest(`${path}: Field required`);
    case 'invalid':
      return invalidRequest(`${path}: ${issue.message}`);
  }
}

export function unknownModel(model: string): JsonReply {
  return errorReply(404, 'not_found_error', `model: ${model}`);
}

export function authenticationError(message: string): JsonReply {
  return errorReply(401, 'authentication_error', message);
}

/** The error as a record of an open stream. */
export const STREAM_ERROR = {
  event: 'error',
  data: JSON.stringify({ type: 'error', error: ERRORS_BY_STATUS[529], request_id: null }),
  tokens: 0,
};

function errorReply(status: number, type: ErrorType, message: string): JsonReply {
  return jsonReply({ type: 'error', error: { type, message }, request_id: null }, { status });
}
