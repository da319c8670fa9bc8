import type { ProviderErrors } from '../protocol.ts';
import type { JsonReply } from '../reply.ts';
import { jsonReply } from '../reply.ts';
import type { RequestIssue } from '../request-issue.ts';

const MESSAGES_BY_STATUS: Record<number, string> = {
  400: 'invalid request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  429: "you've reached your hourly usage limit, please upgrade to continue",
  502: 'upstream error',
  503: 'server busy, please try again. maximum pending requests exceeded',
};

export const SERVER_ERROR = 'llama runner process has terminated: exit status 2';

export const ollamaErrors: ProviderErrors = {
  status(status) {
    return errorReply(status, MESSAGES_BY_STATUS[status] ?? SERVER_ERROR);
  },
  invalidKey() {
    return errorReply(401, 'unauthorized');
  },
  unknownRoute() {
    return { kind: 'text', status: 404, headers: {}, contentType: 'text/plain', text: '404 page not found' };
  },
  unreadableBody() {
    return errorReply(400, 'unexpected EOF');
  },
  contextLength() {
    return errorReply(400, 'the input length exceeds the context length');
  },
  contentPolicy() {
    return errorReply(400, 'the request was blocked by the content policy');
  },
};

/** What Ollama's JSON decoder says of a body that does not fit. */
export function refuseRequest(issue: RequestIssue): JsonReply {
  const path = issue.path.join('.');
  switch (issue.kind) {
    case 'unknown':
      return errorReply(400, `json: unknown field "${path}"`);
    case 'missing':
      return errorReply(400, `${path} is required`);
    case 'invalid':
      return errorReply(400, `json: cannot unmarshal into Go struct field ${path}: ${issue.message}`);
  }
}

export function unknownModel(model: string): JsonReply {
  return errorReply(404, `model '${model}' not found`);
}

function errorReply(status: number, error: string): JsonReply {
  return jsonReply({ error }, { status });
}
