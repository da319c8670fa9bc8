import type { Fault } from '@weir/service-kit/fault';
import type { ErrorBody } from '../error-body.ts';
import { providerErrorFault, type ProviderErrorRules } from '../provider-error.ts';
import { parseAs, parseJson } from '../parse-response.ts';
import { recordSchema, type OllamaRecord } from './wire.ts';

/** Ollama's errors are texts and have no codes. */
const rules: ProviderErrorRules = {
  codes: {},
  texts: [
    { pattern: /^model .* not found/i, code: 'model_not_found' },
    { pattern: /does not support (tools|thinking|images|vision|chat)/i, code: 'unsupported_parameter' },
    { pattern: /context (length|window)/i, code: 'context_length_exceeded' },
    { pattern: /content policy/i, code: 'content_policy_violation' },
  ],
};

/** Maps an error to the taxonomy. `status` is missing where the error came inside a success. */
export function ollamaFault(status: number | undefined, error: ErrorBody): Fault {
  return providerErrorFault(status, error, rules);
}

const toFault = ollamaFault.bind(undefined, undefined);

/** Reads what came as a success, or throws the Fault that it reports. */
export function parseRecord(text: string): OllamaRecord {
  return parseAs(recordSchema, parseJson(text, toFault));
}
