import type { Fault } from '@weir/service-kit/fault';
import type { ErrorBody } from '../error-body.ts';
import { refusalFault, type RefusalRules } from '../refusal.ts';

/** The codes of OpenAI and of the hosts that follow it; where a host has none, its text must do. */
const rules: RefusalRules = {
  codes: {
    context_length_exceeded: 'context_length_exceeded',
    model_not_found: 'model_not_found',
    // Azure: the deployment's name is the model's.
    DeploymentNotFound: 'model_not_found',
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
  // xAI answers a wrong key with 400 and a text.
  credentialTexts: [
    /Incorrect API key provided(: \S{1,64})?\. You can obtain an API key from https:\/\/console\.x\.ai\./,
  ],
};

/** Maps an error to the taxonomy. `status` is missing where the error came inside a success. */
export function openaiFault(status: number | undefined, error: ErrorBody): Fault {
  const rejected = error.codes.includes('invalid_request_error');
  return refusalFault(status ?? error.status ?? (rejected ? 400 : undefined), error, rules);
}
