import type { Protocol } from '../protocol.ts';
import { MISSING_MODEL } from '../protocol.ts';
import { ErrorReply } from '../reply.ts';
import { ollamaErrors, unknownModel } from './errors.ts';

/** Ollama asks for no credential and gives its answers no id. */
export const ollamaProtocol: Protocol = {
  name: 'ollama',
  errors: ollamaErrors,
  authenticate() {
    return;
  },
  sign() {
    return;
  },
};

export function checkModel(model: string): void {
  if (model === MISSING_MODEL) throw new ErrorReply(unknownModel(model));
}
