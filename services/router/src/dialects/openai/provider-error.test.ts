import { expect, test } from 'vitest';
import { openaiDialect } from './dialect.ts';

const refuse = (status: number, error: object | string) =>
  openaiDialect.parseError(status, typeof error === 'string' ? error : JSON.stringify({ error }));

test.each([
  ['a wrong key', 401, { code: 'invalid_api_key' }, 'upstream_credentials_rejected'],
  ['no money left', 429, { code: 'insufficient_quota' }, 'upstream_credentials_rejected'],
  [
    "Gemini's word for a wrong key",
    400,
    {
      code: 400,
      message: 'API key not valid. Please pass a valid API key.',
      status: 'INVALID_ARGUMENT',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'API_KEY_INVALID',
          domain: 'googleapis.com',
        },
        { '@type': 'type.googleapis.com/google.rpc.LocalizedMessage', locale: 'en-US' },
      ],
    },
    'upstream_credentials_rejected',
  ],
  [
    "xAI's text for a wrong key",
    400,
    JSON.stringify({
      code: 'Client specified an invalid argument',
      error: 'Incorrect API key provided: xa***ey. You can obtain an API key from https://console.x.ai.',
    }),
    'upstream_credentials_rejected',
  ],
  [
    'a region that is not served',
    403,
    { code: 'unsupported_country_region_territory' },
    'upstream_credentials_rejected',
  ],
  [
    "Gemini's text for such a region",
    400,
    { code: 400, message: 'User location is not supported for the API use.', status: 'FAILED_PRECONDITION' },
    'upstream_credentials_rejected',
  ],
  [
    'a region, as a caller may write it',
    400,
    { message: "Invalid role: 'User location is not supported for the API use.'" },
    'upstream_invalid_request',
  ],
  [
    'a model that is not there, by a host',
    400,
    { message: "The requested model 'm-1' does not exist." },
    'model_not_found',
  ],
  [
    'a model that is gone, by its text',
    400,
    { message: 'Model m-1 has been deprecated, use m-2' },
    'model_not_found',
  ],
  [
    'a model that a gateway does not know',
    400,
    { message: 'Invalid model name passed in model=m-1.' },
    'model_not_found',
  ],
  ['parameters of a model', 400, { message: 'Invalid model parameters: top_k' }, 'upstream_invalid_request'],
  ['too many requests', 429, { code: 'rate_limit_exceeded' }, 'upstream_rate_limited'],
  [
    "a request larger than a minute's limit",
    429,
    {
      message:
        'Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 50000. ' +
        'The input or output tokens must be reduced in order to run successfully.',
      type: 'tokens',
      param: null,
      code: 'rate_limit_exceeded',
    },
    'body_too_large',
  ],
  [
    "Groq's words for it",
    413,
    {
      message:
        'Request too large for model `llama-3.1-8b-instant` in organization `org_x` on tokens per minute (TPM): ' +
        'Limit 6000, Requested 9024, please reduce your message size and try again.',
      type: 'tokens',
      code: 'rate_limit_exceeded',
    },
    'body_too_large',
  ],
  ['the status for it, whatever is said', 413, { code: 'rate_limit_exceeded' }, 'body_too_large'],
  [
    'a limit that is reached with this request',
    429,
    {
      message:
        'Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 5000.',
      code: 'rate_limit_exceeded',
    },
    'upstream_rate_limited',
  ],
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
  ['a model that is gone', 410, '{"title":"Gone","status":410,"detail":"End of life."}', 'model_not_found'],
  ["a model that is gone, in Groq's words", 400, { code: 'model_decommissioned' }, 'model_not_found'],
  ["an unknown model, in Mistral's words", 400, { type: 'invalid_model' }, 'model_not_found'],
  [
    "an unknown model, in OpenRouter's words",
    400,
    { message: 'acme/x is not a valid model ID', code: 400 },
    'model_not_found',
  ],
  ['an error of the server', 500, { type: 'server_error' }, 'upstream_error'],
  ['a gateway in front', 502, '<html>Bad gateway</html>', 'upstream_error'],
  ['no capacity', 503, { type: 'server_error' }, 'upstream_overloaded'],
  ['a slow server', 504, '', 'upstream_timeout'],
  ['a redirect', 307, '', 'upstream_invalid_response'],
])('%s', (_, status, error, code) => {
  expect(refuse(status, error).code).toBe(code);
});

test.each([405, 409, 411, 418, 423, 424, 425, 431, 451, 499])(
  '%i, whatever it says, is no mistake of the caller',
  (status) => {
    expect(refuse(status, { type: 'invalid_request_error', message: 'no' }).code).toBe('upstream_error');
  },
);

const wrongKey = 'Incorrect API key provided: xa***ey. You can obtain an API key from https://console.x.ai.';

test.each([
  ['a value that is quoted', 400, { message: `Invalid value: '${wrongKey}'.`, param: 'service_tier' }],
  ['a value that is quoted without a parameter', 400, { message: `Invalid value: '${wrongKey}'.` }],
  ['a text that goes on', 400, { message: `${wrongKey} is no role.` }],
  ['a message about a parameter', 400, { message: wrongKey, param: 'user' }],
  ['words for what codes mean', 400, { message: 'API key not valid, rate_limit_exceeded, overloaded_error' }],
  ['another status', 422, { message: wrongKey }],
])('what a caller has written can not mean that the credential is refused: %s', (_, status, error) => {
  expect(refuse(status, error).code).toBe('upstream_invalid_request');
});

test('a request that is too large is the fault of the request, and not of the gateway', () => {
  expect(refuse(429, { message: 'Request too large for gpt-4o', code: 'rate_limit_exceeded' })).toMatchObject(
    {
      message: 'The request is larger than the provider accepts.',
      retryable: false,
    },
  );
});
