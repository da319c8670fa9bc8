import type { IncomingHttpHeaders } from 'node:http';
import type { OpenAI } from 'openai';
import type { ProviderErrors } from '../protocol.ts';
import { bearerToken } from '../protocol.ts';
import type { JsonReply } from '../reply.ts';
import { jsonReply } from '../reply.ts';
import type { RequestIssue } from '../request-issue.ts';

type OpenAIError = Omit<OpenAI.ErrorObject, 'code'> & { code: string | number | null };

const NO_DETAIL = { param: null, code: null };

const INVALID_REQUEST: OpenAIError = {
  ...NO_DETAIL,
  message: 'Invalid request.',
  type: 'invalid_request_error',
};

/** What OpenAI and the proxy in front of it say with each status. */
const ERRORS_BY_STATUS: Record<number, OpenAIError> = {
  403: {
    message: 'Country, region, or territory not supported',
    type: 'request_forbidden',
    param: null,
    code: 'unsupported_country_region_territory',
  },
  408: { ...NO_DETAIL, message: 'Request timed out.', type: 'timeout' },
  429: {
    message: 'Rate limit reached for requests per min (RPM): Limit 500, Used 500, Requested 1.',
    type: 'requests',
    param: null,
    code: 'rate_limit_exceeded',
  },
  502: { message: 'Bad gateway.', type: 'cf_bad_gateway', param: null, code: 502 },
  503: {
    ...NO_DETAIL,
    message: 'The server is currently overloaded with other requests. Sorry about that!',
    type: 'server_error',
  },
  504: { message: 'Gateway timeout.', type: 'cf_gateway_timeout', param: null, code: 504 },
};

export const SERVER_ERROR: OpenAI.ErrorObject = {
  ...NO_DETAIL,
  message: 'The server had an error while processing your request. Sorry about that!',
  type: 'server_error',
};

export const openaiErrors: ProviderErrors = {
  status(status) {
    if (status === 401) return incorrectKey('sk-fake');
    const fallback = status >= 500 ? SERVER_ERROR : INVALID_REQUEST;
    return errorReply(status, ERRORS_BY_STATUS[status] ?? fallback);
  },
  invalidKey(headers: IncomingHttpHeaders) {
    const key = bearerToken(headers);
    return key === undefined ? missingKey() : incorrectKey(key);
  },
  unknownRoute(method, path) {
    return invalidRequest(`Invalid URL (${method} ${path})`, { status: 404 });
  },
  unreadableBody() {
    return invalidRequest('We could not parse the JSON body of your request.');
  },
  contextLength() {
    const message =
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens. " +
      'Please reduce the length of the messages.';
    return invalidRequest(message, { param: 'messages', code: 'context_length_exceeded' });
  },
  contentPolicy() {
    const message =
      'Invalid prompt: your prompt was flagged as potentially violating our usage policy. ' +
      'Please try again with a different prompt.';
    return invalidRequest(message, { code: 'invalid_prompt' });
  },
};

/** The most common of OpenAI's errors: something about the request is wrong. */
export function invalidRequest(
  message: string,
  detail: { status?: number; param?: string; code?: string } = {},
): JsonReply {
  const { status = 400, param = null, code = null } = detail;
  return errorReply(status, { message, type: 'invalid_request_error', param, code });
}

/** What OpenAI says of a body that does not fit its schema. */
export function refuseRequest(issue: RequestIssue): JsonReply {
  const param = issue.path.reduce<string>(
    (path, step) => (typeof step === 'number' ? `${path}[${step}]` : path === '' ? step : `${path}.${step}`),
    '',
  );
  switch (issue.kind) {
    case 'unknown':
      return invalidRequest(`Unknown parameter: '${param}'.`, { param, code: 'unknown_parameter' });
    case 'missing':
      return invalidRequest(`Missing required parameter: '${param}'.`, {
        param,
        code: 'missing_required_parameter',
      });
    case 'invalid':
      return invalidRequest(`Invalid value for '${param}': ${issue.message}.`, {
        param,
        code: 'invalid_value',
      });
  }
}

export function unknownModel(model: string): JsonReply {
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  return invalidRequest(message, { status: 404, code: 'model_not_found' });
}

function missingKey(): JsonReply {
  const message =
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth " +
    '(i.e. Authorization: Bearer YOUR_KEY).';
  return invalidRequest(message, { status: 401 });
}

function incorrectKey(key: string): JsonReply {
  const shown = `${key.slice(0, 3)}***${key.slice(-2)}`;
  return invalidRequest(`Incorrect API key provided: ${shown}.`, { status: 401, code: 'invalid_api_key' });
}

function errorReply(status: number, error: OpenAIError): JsonReply {
  return jsonReply({ error }, { status });
}
