import { parseMeasuredJson } from '@weir/service-kit/bounded-json';
import type { Fault } from '@weir/service-kit/fault';
import { type ErrorBody, describeError } from '../error-body.ts';
import { providerErrorFault, type ProviderErrorRules } from '../provider-error.ts';
import { parseJson } from '../parse-response.ts';

/** The codes of OpenAI and of the hosts that follow it; where a host has none, its text must do. */
const rules: ProviderErrorRules = {
  codes: {
    context_length_exceeded: 'context_length_exceeded',
    model_not_found: 'model_not_found',
    // Azure: the deployment's name is the model's.
    DeploymentNotFound: 'model_not_found',
    // Groq, Together and Mistral, with 400.
    model_decommissioned: 'model_not_found',
    model_not_available: 'model_not_found',
    invalid_model: 'model_not_found',
    content_filter: 'content_policy_violation',
    content_policy_violation: 'content_policy_violation',
    invalid_prompt: 'content_policy_violation',
    ResponsibleAIPolicyViolation: 'content_policy_violation',
    invalid_api_key: 'upstream_credentials_rejected',
    // A 429 that no waiting mends: the account has no money left.
    insufficient_quota: 'upstream_credentials_rejected',
    billing_hard_limit_reached: 'upstream_credentials_rejected',
    // Gemini answers a wrong key with 400, and has this as its reason.
    API_KEY_INVALID: 'upstream_credentials_rejected',
    rate_limit_exceeded: 'upstream_rate_limited',
    RESOURCE_EXHAUSTED: 'upstream_rate_limited',
    // What an error inside a 200 or a stream has instead of a status.
    overloaded_error: 'upstream_overloaded',
    engine_overloaded_error: 'upstream_overloaded',
  },
  texts: [
    // OpenRouter and DeepSeek, with 400.
    { pattern: /^(\S{1,128} is not a valid model ID|Model Not Exist)\.?$/i, code: 'model_not_found' },
    // Gateways and smaller hosts, with 400 too.
    {
      pattern:
        /^(?:the )?(?:requested )?model:? ['"`]?[^\s'"`]{1,128}['"`]? (?:does not exist|(?:is |was )?not found|is not available|is not supported|(?:has been|is) (?:deprecated|decommissioned|removed|retired|shut ?down))/i,
      code: 'model_not_found',
    },
    {
      pattern: /^(?:unknown|unsupported|invalid|no such) model(?: name| id)?(?:$|[:.,]| passed|\s+['"`])/i,
      code: 'model_not_found',
    },
    {
      pattern:
        /maximum context length|context window|reduce the length|prompt is too long|exceeds the limit of \d+ tokens/i,
      code: 'context_length_exceeded',
    },
    {
      pattern: /content management policy|content policy|usage polic|flagged/i,
      code: 'content_policy_violation',
    },
  ],
  // xAI answers a wrong key with 400 and a text, and so does Gemini an account, or a place, that it does not serve.
  credentialTexts: [
    /User location is not supported for the API use\./,
    /API [Kk]ey (expired|not found)\. Please (renew the|pass a valid) API key\./,
    /Incorrect API key provided(: \S{1,64})?\. You can obtain an API key from https:\/\/console\.x\.ai\./,
  ],
};

/** Maps an error to the taxonomy. `status` is missing where the error came inside a success. */
export function openaiFault(status: number | undefined, error: ErrorBody): Fault {
  const rejected = error.codes.includes('invalid_request_error');
  return providerErrorFault(status ?? error.status ?? (rejected ? 400 : undefined), error, rules);
}

const toFault = openaiFault.bind(undefined, undefined);

/** Reads what came as a success, or throws the Fault that it reports. vLLM and Mistral mark errors by their `object`. */
export function parseOpenaiJson(text: string): unknown {
  const body = parseJson(text, toFault, parseMeasuredJson);
  if (typeof body === 'object' && body !== null && 'object' in body && body.object === 'error') {
    throw toFault(describeError(body));
  }
  return body;
}
