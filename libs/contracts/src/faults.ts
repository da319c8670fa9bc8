import { z } from 'zod';
import { arrayOf } from './collections.ts';
import { limitStateSchema } from './cost/admission.ts';
import { screeningOrderSchema, screeningSummarySchema } from './guardrails/summary.ts';
import { maxBodyBytes, maxHeaderBytes, sizeText } from './limits.ts';

/** Who has to act for the request to succeed. The closed vocabulary of the `owner` label in metrics. */
export type FaultOwner = 'caller' | 'policy' | 'provider' | 'gateway';

interface FaultDefinition {
  readonly status: number;
  /** Whether the same request may succeed when it is sent again, unchanged. */
  readonly retryable: boolean;
  readonly owner: FaultOwner;
  /** What a caller reads when the thrower has nothing more precise to say. Public. */
  readonly message: string;
  /** How long a caller is to wait where the thrower does not say. */
  readonly retryAfterMs?: number;
}

const define = <Code extends string>(table: Record<Code, FaultDefinition>): Record<Code, FaultDefinition> =>
  table;

/** Every way in which a request can fail. The one table from which status, retries and error types are read. */
export const faultTable = define({
  // The caller's to mend.
  invalid_json: { status: 400, retryable: false, owner: 'caller', message: 'The body is not valid JSON.' },
  invalid_request: { status: 400, retryable: false, owner: 'caller', message: 'The request is not valid.' },
  invalid_header: {
    status: 400,
    retryable: false,
    owner: 'caller',
    message: 'A request header is not valid.',
  },
  unsupported_parameter: {
    status: 400,
    retryable: false,
    owner: 'caller',
    message: 'The model does not support a parameter of this request.',
  },
  context_length_exceeded: {
    status: 400,
    retryable: false,
    owner: 'caller',
    message: "The request is longer than the model's context window.",
  },
  invalid_config: {
    status: 400,
    retryable: false,
    owner: 'caller',
    message: 'The routing config is not valid.',
  },
  invalid_policy: {
    status: 400,
    retryable: false,
    owner: 'caller',
    message: 'The guardrail policy is not valid.',
  },
  host_not_allowed: {
    status: 400,
    retryable: false,
    owner: 'caller',
    message:
      'A custom host must be https and have a public address, or be allowed by the operator in WEIR_ALLOWED_HOSTS.',
  },
  missing_api_key: {
    status: 401,
    retryable: false,
    owner: 'caller',
    message: 'No API key was sent. Send it as "Authorization: Bearer <key>".',
  },
  invalid_admin_key: {
    status: 401,
    retryable: false,
    owner: 'caller',
    message: 'The admin key is not valid. Send it as "Authorization: Bearer <key>".',
  },
  invalid_api_key: {
    status: 401,
    retryable: false,
    owner: 'caller',
    message: 'The API key is not valid. Send a virtual key of this gateway as "Authorization: Bearer <key>".',
  },
  expired_api_key: {
    status: 401,
    retryable: false,
    owner: 'caller',
    message: 'The API key has expired. Ask whoever administers this gateway for a new one.',
  },
  address_not_allowed: {
    status: 403,
    retryable: false,
    owner: 'policy',
    message: 'The API key may not be used from this address.',
  },
  config_not_allowed: {
    status: 403,
    retryable: false,
    owner: 'policy',
    message: 'The API key may not use this routing config.',
  },
  custom_host_not_allowed: {
    status: 403,
    retryable: false,
    owner: 'policy',
    message: 'The API key may not send requests to this host.',
  },
  model_not_allowed: {
    status: 403,
    retryable: false,
    owner: 'policy',
    message: 'The API key may not use this model.',
  },
  provider_not_allowed: {
    status: 403,
    retryable: false,
    owner: 'policy',
    message: 'The API key may use none of the providers that could answer.',
  },
  insufficient_scope: {
    status: 403,
    retryable: false,
    owner: 'caller',
    message: 'The admin key does not have the scope that this takes.',
  },
  not_found: { status: 404, retryable: false, owner: 'caller', message: 'There is no such thing.' },
  already_exists: {
    status: 409,
    retryable: false,
    owner: 'caller',
    message: 'There is one of this name already.',
  },
  in_use: {
    status: 409,
    retryable: false,
    owner: 'caller',
    message: 'It is in use.',
  },
  idempotency_conflict: {
    status: 409,
    retryable: false,
    owner: 'caller',
    message: 'This idempotency key was sent with another request before.',
  },
  too_many_failed_attempts: {
    status: 429,
    retryable: false,
    owner: 'caller',
    message: 'Too many requests with keys that are not valid came from here. Try again later.',
  },
  config_not_found: {
    status: 404,
    retryable: false,
    owner: 'caller',
    message: 'There is no routing config of this name.',
  },
  policy_not_found: {
    status: 404,
    retryable: false,
    owner: 'caller',
    message: 'There is no such guardrail policy.',
  },
  revision_not_found: {
    status: 404,
    retryable: false,
    owner: 'caller',
    message: 'The routing config has no such revision, or none that is still kept.',
  },
  revision_conflict: {
    status: 412,
    retryable: false,
    owner: 'caller',
    message: 'It was changed by somebody else in the meantime. Read it again.',
  },
  model_not_found: { status: 404, retryable: false, owner: 'caller', message: 'The model does not exist.' },
  route_not_found: { status: 404, retryable: false, owner: 'caller', message: 'There is no such route.' },
  method_not_allowed: {
    status: 405,
    retryable: false,
    owner: 'caller',
    message: 'This route does not answer to this method.',
  },
  body_timeout: {
    status: 408,
    retryable: true,
    owner: 'caller',
    message: 'The request body did not arrive in time.',
  },
  body_too_large: {
    status: 413,
    retryable: false,
    owner: 'caller',
    message: `The body is larger than ${sizeText(maxBodyBytes)}.`,
  },
  expectation_failed: {
    status: 417,
    retryable: false,
    owner: 'caller',
    message: 'The header expect may say "100-continue" and nothing else.',
  },
  headers_too_large: {
    status: 431,
    retryable: false,
    owner: 'caller',
    message: `The request headers are larger than ${sizeText(maxHeaderBytes)}.`,
  },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    owner: 'caller',
    message: 'The body must be sent as "Content-Type: application/json".',
  },
  unsupported_content_encoding: {
    status: 415,
    retryable: false,
    owner: 'caller',
    message: 'The body must be sent as it is, or with one "Content-Encoding": gzip, br, deflate or zstd.',
  },
  client_closed_request: {
    status: 499,
    retryable: false,
    owner: 'caller',
    message: 'The client went away before the answer was complete.',
  },

  // A rule's decision.
  insufficient_quota: {
    status: 429,
    retryable: false,
    owner: 'policy',
    message: 'A budget that this request falls under is spent.',
  },
  budget_reserved: {
    status: 429,
    retryable: true,
    owner: 'policy',
    message: 'What is left of a budget is held for requests that are under way. Try again shortly.',
  },
  rate_limit_exceeded: {
    status: 429,
    retryable: true,
    owner: 'policy',
    message: 'A rate limit that this request falls under is reached.',
  },
  model_not_priced: {
    status: 400,
    retryable: false,
    owner: 'policy',
    message:
      'The model has no price, and a budget limits this request. Whoever administers this gateway sets one with ' +
      '"weir prices set <provider> <model>".',
  },
  content_policy_violation: {
    status: 400,
    retryable: false,
    owner: 'policy',
    message: 'The provider refused the request under its content policy.',
  },
  guardrail_denied: {
    // Portkey's own.
    status: 446,
    retryable: false,
    owner: 'policy',
    message: 'A guardrail policy that this request falls under denies it.',
  },

  // The provider's doing, or the operator's who configured it.
  upstream_invalid_request: {
    status: 400,
    retryable: false,
    owner: 'caller',
    message: 'The provider rejected the request as invalid.',
  },
  upstream_rate_limited: {
    status: 429,
    retryable: true,
    owner: 'provider',
    message: 'The provider is limiting the rate of requests.',
  },
  upstream_credentials_rejected: {
    status: 502,
    retryable: false,
    owner: 'provider',
    message: "The provider rejected the gateway's credentials. Its operator has to mend this.",
  },
  upstream_error: {
    status: 502,
    retryable: true,
    owner: 'provider',
    message: 'The provider failed to answer.',
  },
  upstream_unreachable: {
    status: 502,
    retryable: true,
    owner: 'provider',
    message: 'The provider could not be reached.',
  },
  upstream_invalid_response: {
    status: 502,
    retryable: true,
    owner: 'provider',
    message: 'The provider sent an answer that cannot be understood.',
  },
  upstream_empty_answer: {
    status: 502,
    retryable: true,
    owner: 'provider',
    message: 'The provider answered with nothing.',
  },
  upstream_answer_too_large: {
    status: 502,
    retryable: false,
    owner: 'provider',
    message: 'The answer of the provider is larger than the gateway can carry.',
  },
  upstream_stream_cut: {
    status: 502,
    retryable: true,
    owner: 'provider',
    message: 'The provider ended its answer before it was complete.',
  },
  upstream_overloaded: {
    status: 503,
    retryable: true,
    owner: 'provider',
    message: 'The provider is overloaded.',
  },
  no_target_available: {
    status: 503,
    retryable: true,
    owner: 'provider',
    message: 'Every target that could answer is resting after failures.',
  },
  upstream_timeout: {
    status: 504,
    retryable: true,
    owner: 'provider',
    message: 'The provider took too long to answer.',
  },

  // Ours.
  not_cached: {
    // As HTTP has it for `only-if-cached`.
    status: 504,
    retryable: false,
    owner: 'caller',
    message: 'The cache has no answer to this request, and "only-if-cached" asks for none from elsewhere.',
  },
  guardrails_unavailable: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message: 'The guardrails that this request has to pass are not available.',
  },
  guardrails_required: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message: 'The routing config asks for guardrails that the request has not passed.',
  },
  stale_sealing_key: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message: "The gateway's keys have just been changed. Try again.",
  },
  deadline_exceeded: {
    status: 504,
    retryable: true,
    owner: 'gateway',
    message: 'The request was not complete by its deadline.',
  },
  overloaded: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message: 'The gateway is at its capacity. Try again shortly.',
    retryAfterMs: 1_000,
  },
  service_unavailable: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message: 'A part of the gateway is not available. Try again shortly.',
  },
  service_lost: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message: 'The part of the gateway that worked on the request was lost.',
  },
  bus_disconnected: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message: 'The gateway lost its message bus. Try again shortly.',
  },
  resource_exhausted: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message:
      'The part of the gateway that worked on the request lacks resources of its own. Try again shortly.',
    retryAfterMs: 1_000,
  },
  bus_authentication_failed: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message: 'The message bus refuses the password of a part of the gateway. Its operator has to mend this.',
  },
  bus_certificate_invalid: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message:
      'A part of the gateway does not trust the certificate of its message bus. Its operator has to mend this.',
  },
  bus_permission_denied: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message:
      'The message bus forbids a part of the gateway what it has to do. Its operator has to mend this.',
  },
  jetstream_disabled: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message: 'The message bus of the gateway stores nothing. Its operator has to enable JetStream.',
  },
  jetstream_quota_exceeded: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message:
      'The message bus of the gateway has no room for what is to be stored. Its operator has to make room.',
  },
  clock_skewed: {
    status: 503,
    retryable: true,
    owner: 'gateway',
    message: 'The clocks of the gateway differ from each other. Its operator has to mend this.',
  },
  setting_file_unreadable: {
    status: 503,
    retryable: false,
    owner: 'gateway',
    message: 'A file that a setting of the gateway names cannot be read. Its operator has to mend this.',
  },
  stored_entry_unreadable: {
    status: 503,
    // Another replica may be of the version that wrote it.
    retryable: true,
    owner: 'gateway',
    message:
      'Something that the gateway has stored cannot be read. Whoever administers it finds it in "weir status".',
  },
  internal_error: {
    status: 500,
    retryable: true,
    owner: 'gateway',
    message: 'The gateway failed. Its log has the cause under the request id.',
  },
});

export type FaultCode = keyof typeof faultTable;

const faultCodes = Object.keys(faultTable) as [FaultCode, ...FaultCode[]];

/** A fault as data, as it crosses the bus. It holds nothing that a caller may not read. */
export const faultDataSchema = z.object({
  /** A code that a newer service added is a fault all the same. */
  code: z.enum(faultCodes).catch('internal_error'),
  message: z.string(),
  /** The request's field at fault, as `messages[0].content`. */
  param: z.string().optional(),
  /** How long the thrower asks callers to wait before they try again. */
  retryAfterMs: z.number().nonnegative().optional(),
  /** The provider whose failure this is. */
  provider: z.string().optional(),
  /** How many times a provider was asked before it came to this. */
  attempts: z.number().nonnegative().optional(),
  /** How many other targets were tried after the first. */
  fallbacks: z.number().nonnegative().optional(),
  /** What of the request was left out or changed before it failed, for the caller to read. */
  warnings: arrayOf(z.string()).optional(),
  /** The limit that refuses. */
  limit: limitStateSchema.optional(),
  /** Of each unit the limit with the least room, where some hold for the request. */
  limits: arrayOf(limitStateSchema).optional(),
  /** What guardrails have found before the request failed, or denied. */
  guardrails: screeningSummarySchema.optional(),
  /**
   * No provider was asked, and another instance of the service may be able to do it: whether ids of attempts have been used up for it
   * all the same.
   */
  tryAnother: z.enum(['unnumbered', 'numbered']).optional().catch(undefined),
  /** With `guardrails_required`: what the routing config asks for. */
  required: screeningOrderSchema.pick({ input: true, output: true }).optional(),
});

export type FaultData = z.output<typeof faultDataSchema>;
