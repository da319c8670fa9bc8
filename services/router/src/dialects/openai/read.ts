import { describeError } from '../error-body.ts';
import { readJson } from '../read-success.ts';
import { openaiFault } from './refusal.ts';

const toFault = openaiFault.bind(undefined, undefined);

/** Reads what came as a success, or throws the Fault that it reports. vLLM and Mistral mark errors by their `object`. */
export function readAnswer(text: string): unknown {
  const body = readJson(text, toFault, JSON.parse);
  if (typeof body === 'object' && body !== null && 'object' in body && body.object === 'error') {
    throw toFault(describeError(body));
  }
  return body;
}
