import type { IncomingHttpHeaders } from 'node:http';
import type { Protocol } from '../protocol.ts';
import { MISSING_MODEL, bearerToken, isUsableKey } from '../protocol.ts';
import { ErrorReply } from '../reply.ts';
import { anthropicErrors, authenticationError, invalidRequest, unknownModel } from './errors.ts';

/** `2023-06-01` takes an x-api-key; `2026-10-21` takes a bearer token and no longer knows the sampling parameters. */
export type ApiVersion = '2023-06-01' | '2026-10-21';

export const anthropicProtocol: Protocol = {
  name: 'anthropic',
  errors: anthropicErrors,
  authenticate(headers) {
    const key = readApiVersion(headers) === '2023-06-01' ? headers['x-api-key'] : bearerToken(headers);
    const given = Array.isArray(key) ? key[0] : key;
    if (given === undefined) throw new ErrorReply(authenticationError(missingKey(headers)));
    if (!isUsableKey(given)) throw new ErrorReply(anthropicErrors.invalidKey(headers));
  },
  sign(reply, requestId) {
    reply.headers['request-id'] = requestId;
    if (reply.kind === 'json' && 'request_id' in reply.body) reply.body.request_id = requestId;
  },
};

/** Throws an ErrorReply if the header is missing or names a version that there is not. */
export function readApiVersion(headers: IncomingHttpHeaders): ApiVersion {
  const version = headers['anthropic-version'];
  if (version === '2023-06-01' || version === '2026-10-21') return version;
  const message =
    version === undefined
      ? 'anthropic-version: header is required'
      : `anthropic-version: "${String(version)}" is not a valid version.`;
  throw new ErrorReply(invalidRequest(message));
}

export function checkModel(model: string): void {
  if (model === MISSING_MODEL) throw new ErrorReply(unknownModel(model));
}

function missingKey(headers: IncomingHttpHeaders): string {
  const expected = readApiVersion(headers) === '2023-06-01' ? 'x-api-key' : 'Authorization';
  return `${expected} header is required`;
}
