import type { Fault } from '@weir/service-kit/fault';
import type { ErrorBody } from '../error-body.ts';
import { providerErrorFault, type ProviderErrorRules } from '../provider-error.ts';

/**
 * What Anthropic's error types mean. `invalid_request_error` is not among them: it covers many failures, which only
 * their texts tell apart.
 */
const rules: ProviderErrorRules = {
  codes: {
    authentication_error: 'upstream_credentials_rejected',
    permission_error: 'upstream_credentials_rejected',
    billing_error: 'upstream_credentials_rejected',
    not_found_error: 'model_not_found',
    request_too_large: 'body_too_large',
    rate_limit_error: 'upstream_rate_limited',
    overloaded_error: 'upstream_overloaded',
    timeout_error: 'upstream_timeout',
    api_error: 'upstream_error',
  },
  texts: [
    { pattern: /prompt is too long|exceed context limit|context window/i, code: 'context_length_exceeded' },
    { pattern: /content filtering policy/i, code: 'content_policy_violation' },
  ],
  credentialTexts: [
    /Your credit balance is too low to access the (Anthropic|Claude) API\.( Please go to Plans & Billing to upgrade or purchase credits\.)?/,
    /You have reached your specified (workspace )?API usage limits\. You will regain access on [\d-]{10} at [\d:]{5} UTC\./,
    /This organization has been disabled\./,
  ],
};

/** Maps an error to the taxonomy. `status` is missing where the error came inside a success. */
export function anthropicFault(status: number | undefined, error: ErrorBody): Fault {
  const rejected = error.codes.includes('invalid_request_error');
  return providerErrorFault(status ?? (rejected ? 400 : undefined), error, rules);
}
