import { faultTable, type FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';
import { cleanWords } from '../domain/provider-words.ts';
import type { ErrorBody } from './error-body.ts';

/** What is wrong with one request. None of these takes a target from the requests of others. */
type RequestFault = Extract<
  FaultCode,
  'model_not_found' | 'unsupported_parameter' | 'context_length_exceeded' | 'content_policy_violation'
>;

/** What a provider's own words mean. They are looked at before the status. */
export interface ProviderErrorRules {
  /** By the error's code or type, exactly. */
  readonly codes: Readonly<Record<string, FaultCode>>;
  /** By its text, for providers that tell two failures apart in no other way. It may quote what a caller has written. */
  readonly texts: readonly { readonly pattern: RegExp; readonly code: RequestFault }[];
  /** The texts with which a provider rejects its credential and has no code for that. Each is a message from end to end. */
  readonly credentialTexts?: readonly RegExp[];
}

const codeByStatus: Readonly<Record<number, FaultCode>> = {
  400: 'upstream_invalid_request',
  401: 'upstream_credentials_rejected',
  402: 'upstream_credentials_rejected',
  403: 'upstream_credentials_rejected',
  404: 'model_not_found',
  408: 'upstream_timeout',
  // A model that has reached its end of life.
  410: 'model_not_found',
  413: 'body_too_large',
  422: 'upstream_invalid_request',
  429: 'upstream_rate_limited',
  // Groq: no capacity in the flex tier.
  498: 'upstream_overloaded',
  503: 'upstream_overloaded',
  504: 'upstream_timeout',
  // Cloudflare: the provider behind it did not answer in time.
  524: 'upstream_timeout',
  // Anthropic.
  529: 'upstream_overloaded',
};

/** Where the table's text speaks of the gateway and the failure is the provider's. */
const messages: Partial<Record<FaultCode, string>> = {
  model_not_found: 'The provider does not know this model.',
  body_too_large: 'The request is larger than the provider accepts.',
};

/** What callers can mend, if they are told what is wrong. */
const mendable: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream_invalid_request',
  'unsupported_parameter',
  'model_not_found',
  'context_length_exceeded',
  'content_policy_violation',
  'body_too_large',
]);

/** The statuses that go with it. What comes inside a success or a stream may have none. */
const mendableStatuses: ReadonlySet<number> = new Set([400, 404, 410, 413, 422]);

/** `messages[0].content`, `rate_limit_error`: a name that can be no secret and no text. */
const safeName = /^[a-z_][\w.[\]]{0,63}$/i;

/** OpenAI's and Groq's words for one request that asks more than its account may in a whole minute: no waiting mends it. */
const exceedsLimitAlone = /^request too large/i;

/** Long enough for any code's words, short enough that a pattern costs nothing. */
const maxTextLength = 2_000;

/**
 * Maps a failure that a provider reports to the taxonomy. `status` is the answer's, or what is known of it where the error came
 * inside a success. The provider's own reason, cleaned, is in the cause, which is for the log, and in the message where it is the
 * caller's to mend: marked as the provider's words, and only where they came as JSON. A rejected credential is not spoken of.
 */
export function providerErrorFault(
  status: number | undefined,
  error: ErrorBody,
  rules: ProviderErrorRules,
): Fault {
  const text = error.message.slice(0, maxTextLength);
  const code = codeOf(status ?? error.status, error, text, rules);
  const param = isSafeName(error.param) ? error.param : undefined;
  const mayQuote =
    error.isJson && code !== 'upstream_credentials_rejected' && status !== 401 && status !== 403;
  const reason = mayQuote ? cleanWords(error.message) : undefined;
  const isMendable = mendable.has(code) && (status === undefined || mendableStatuses.has(status));
  const message = [messageOf(code, status, param, text), isMendable && quoted(reason)]
    .filter(Boolean)
    .join(' ');
  const answer = [status ?? 'with an error', ...error.codes.filter(isSafeName)].join(' ');
  return new Fault(code, {
    message,
    ...(param !== undefined && { param }),
    cause: new Error(`The provider answered ${answer}${reason === undefined ? '' : `: "${reason}"`}`),
  });
}

function messageOf(
  code: FaultCode,
  status: number | undefined,
  param: string | undefined,
  text: string,
): string {
  if (code === 'upstream_invalid_request' && param !== undefined) {
    return `The provider rejected the parameter "${param}" as invalid.`;
  }
  // A base URL that is wrong is answered so, too.
  if (code === 'model_not_found' && status === 404 && !/model|deployment/i.test(text)) {
    return 'The provider does not know this model, or has nothing at this address.';
  }
  return messages[code] ?? faultTable[code].message;
}

const quoted = (reason: string | undefined) => reason !== undefined && `The provider says: "${reason}"`;

/** The words win, unless they say no more than that something failed. */
function codeOf(
  status: number | undefined,
  error: ErrorBody,
  text: string,
  rules: ProviderErrorRules,
): FaultCode {
  const byWords = codeByCodes(error, rules) ?? codeByText(status, error, text, rules);
  const code = byWords === undefined || byWords === 'upstream_error' ? codeByNumber(status) : byWords;
  const isTooLarge = status === 413 || exceedsLimitAlone.test(text);
  return code === 'upstream_rate_limited' && isTooLarge ? 'body_too_large' : code;
}

function codeByCodes({ codes }: ErrorBody, rules: ProviderErrorRules): FaultCode | undefined {
  const known = codes.find((word) => Object.hasOwn(rules.codes, word));
  return known === undefined ? undefined : rules.codes[known];
}

/**
 * A rejected credential is in a cooldown for everybody, and a text may quote what a caller has written: it has to be the
 * provider's from end to end, about no parameter, and of no status that means anything else.
 */
function codeByText(
  status: number | undefined,
  { param }: ErrorBody,
  text: string,
  { texts, credentialTexts = [] }: ProviderErrorRules,
): FaultCode | undefined {
  const mayRefuseCredential = param === undefined && (status === undefined || status === 400);
  const isWhole = (pattern: RegExp) => pattern.exec(text)?.[0] === text;
  if (mayRefuseCredential && credentialTexts.some(isWhole)) return 'upstream_credentials_rejected';
  return texts.find(({ pattern }) => pattern.test(text))?.code;
}

function codeByNumber(status: number | undefined): FaultCode {
  if (status === undefined) return 'upstream_error';
  const code = codeByStatus[status];
  if (code !== undefined) return code;
  // Any other 4xx speaks of this provider's state, its paths or its laws (405, 409, 423, 424, 425, 451, 499): only 400 and 422
  // say that the request would be refused everywhere. A redirect is not followed: it could lead a credential anywhere.
  return status >= 400 ? 'upstream_error' : 'upstream_invalid_response';
}

function isSafeName(name: string | undefined): name is string {
  return name !== undefined && safeName.test(name) && cleanWords(name) === name;
}
