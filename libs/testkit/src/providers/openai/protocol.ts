import type { Protocol } from '../protocol.ts';
import { MISSING_MODEL, bearerToken, isUsableKey } from '../protocol.ts';
import { ErrorReply } from '../reply.ts';
import { openaiErrors, unknownModel } from './errors.ts';

export const openaiProtocol: Protocol = {
  name: 'openai',
  errors: openaiErrors,
  authenticate(headers) {
    if (!isUsableKey(bearerToken(headers))) throw new ErrorReply(openaiErrors.invalidKey(headers));
  },
  sign(reply, requestId) {
    reply.headers['x-request-id'] = requestId;
    reply.headers['openai-version'] = '2020-10-01';
  },
};

export function checkModel(model: string): void {
  if (model === MISSING_MODEL) throw new ErrorReply(unknownModel(model));
}
