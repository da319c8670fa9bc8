import { expect, test } from 'vitest';
import { openaiDialect } from './dialect.ts';

const refuse = (status: number, error: object | string) =>
  openaiDialect.refusal(status, typeof error === 'string' ? error : JSON.stringify({ error }));

test.each([
  ['a wrong key', 401, { code: 'invalid_api_key' }, 'upstream_credentials_rejected'],
  ['no money left', 429, { code: 'insufficient_quota' }, 'upstream_credentials_rejected'],
  [
    "Gemini's word for a wrong key",
    400,
    { status: 'INVALID_ARGUMENT', message: 'API key not valid.' },
    'upstream_credentials_rejected',
  ],
  [
    'a region that is not served',
    403,
    { code: 'unsupported_country_region_territory' },
    'upstream_credentials_rejected',
  ],
  ['too many requests', 429, { code: 'rate_limit_exceeded' }, 'upstream_rate_limited'],
  ['a request too large for the rate limit', 413, { code: 'rate_limit_exceeded' }, 'upstream_rate_limited'],
  ['an unknown model', 404, { code: 'model_not_found' }, 'model_not_found'],
  ['an unknown model, said with another status', 400, { code: 'model_not_found' }, 'model_not_found'],
  ["an unknown deployment of Azure's", 404, { code: 'DeploymentNotFound' }, 'model_not_found'],
  ['a long conversation', 400, { code: 'context_length_exceeded' }, 'context_length_exceeded'],
  [
    "vLLM's words for it",
    400,
    { message: "This model's maximum context length is 4096 tokens." },
    'context_length_exceeded',
  ],
  ["Azure's content filter", 400, { code: 'content_filter' }, 'content_policy_violation'],
  ['a flagged prompt', 400, { code: 'invalid_prompt' }, 'content_policy_violation'],
  ['a field that is not known', 400, { code: 'unknown_parameter' }, 'upstream_invalid_request'],
  ['a field that is too long', 400, { code: 'string_above_max_length' }, 'upstream_invalid_request'],
  ['a field that cannot be processed', 422, {}, 'upstream_invalid_request'],
  ['an error of the server', 500, { type: 'server_error' }, 'upstream_error'],
  ['a gateway in front', 502, '<html>Bad gateway</html>', 'upstream_error'],
  ['no capacity', 503, { type: 'server_error' }, 'upstream_overloaded'],
  ['a slow server', 504, '', 'upstream_timeout'],
  ['a redirect', 307, '', 'upstream_invalid_response'],
])('%s', (_, status, error, code) => {
  expect(refuse(status, error).code).toBe(code);
});
