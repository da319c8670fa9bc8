import { alike, whole, type AnswerScript, type Behaviour, type Difference } from './behaviour.ts';
import { brokenBehind, noAnswer, ownCodes, paidFor } from './differences.ts';

const jsonType = { 'content-type': 'application/json' };
const htmlType = { 'content-type': 'text/html' };

const refuses = (status: number, error: object, headers = {}): AnswerScript => ({
  status,
  headers,
  json: { error },
});

const no = { message: 'No', type: 'error', code: 'no' };
const invalid = {
  message: 'Unknown parameter: top_z',
  type: 'invalid_request_error',
  param: 'top_z',
  code: null,
};
const tooLong = {
  ...invalid,
  message: "This model's maximum context length is 8192 tokens.",
  code: 'context_length_exceeded',
};
const filtered = { ...invalid, message: 'Filtered', code: 'content_policy_violation' };
const noModel = { ...invalid, message: 'The model `x` does not exist', code: 'model_not_found' };
const slowDown = { message: 'Slow down', type: 'rate_limit_error', code: 'rate_limit_exceeded' };
const quota = {
  message: 'You exceeded your current quota',
  type: 'insufficient_quota',
  code: 'insufficient_quota',
};

/** What the caller can mend has the status that the provider gave it. */
const callersAffair: Behaviour[] = [
  alike(['400', refuses(400, invalid), ownCodes('code')]),
  alike(['404 of a model', refuses(404, noModel)]),
  alike(['413', refuses(413, invalid), ownCodes('code')]),
  alike(['a context that is too long', refuses(400, tooLong)]),
  alike(['a refused content', refuses(400, filtered)]),
  alike(['429 with a time', refuses(429, slowDown, { 'retry-after': '7' }), ownCodes('code')]),
  alike(['429 without a time', refuses(429, slowDown), ownCodes('code')]),
];

const all = ['code', 'errorClass', 'status', 'type'] as const;

/** What the operator or the provider has to mend: the status is the gateway's, and in which fields it shows. */
const providersAffair: Behaviour[] = [
  ...statuses([401, 403, 405, 408, 409, 410, 423, 424, 425, 451], ownCodes(...all)),
  ...statuses([500, 520, 529], ownCodes('code', 'status', 'type')),
  ...statuses([502, 503, 504], ownCodes('code', 'type')),
  alike(['429 for good', refuses(429, quota), ownCodes(...all)]),
  alike([
    '500 with a page',
    { status: 500, text: '<html>No</html>', headers: htmlType },
    ownCodes('code', 'status', 'type'),
  ]),
  alike(['503 without a body', { status: 503 }, ownCodes('code', 'type')]),
  alike(['a compressed 500', { ...refuses(500, no), coding: 'gzip' }, ownCodes('code', 'status', 'type')]),
];

function statuses(given: readonly number[], difference: Difference): Behaviour[] {
  return given.map((status) => alike([String(status), refuses(status, no), difference]));
}

const parser = 'tool_choice auto requires a parser';

/** The forms in which hosts say what is wrong. */
const forms: Behaviour[] = [
  alike(['400 with a text as the error', { status: 400, json: { error: parser } }, ownCodes('code', 'type')]),
  alike([
    '400 with a message',
    { status: 400, json: { object: 'error', message: parser, type: 'BadRequestError', code: 400 } },
    ownCodes('code', 'type'),
  ]),
  alike(['400 with a detail', { status: 400, json: { detail: parser } }, ownCodes('code', 'type')]),
  alike([
    '400 with a list of errors',
    { status: 400, json: { errors: [{ message: parser }] } },
    ownCodes('code', 'type'),
  ]),
  alike([
    '422 with details',
    { status: 422, json: { detail: [{ loc: ['body'], msg: parser, type: 'missing' }] } },
    ownCodes(...all),
  ]),
];

const broken: Behaviour[] = [
  whole(['an error in a 200', { json: { error: no } }, noAnswer]),
  whole([
    'no choices',
    { json: { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [] } },
    noAnswer,
  ]),
  whole(['a page in a 200', { text: '<html>Sign in</html>', headers: htmlType }, noAnswer]),
  whole([
    'half of a JSON',
    { text: '{"id":"c","choices":[{"index":0,', headers: jsonType },
    brokenBehind(...all),
  ]),
  whole(['a connection that ends without an answer', { unanswered: 'closed' }, brokenBehind(...all)]),
];

const hello = { completion: { message: { role: 'assistant', content: 'Hello' } } };

const fine: Behaviour[] = [
  ...(['gzip', 'br', 'deflate', 'zstd'] as const).map((coding) =>
    whole([`an answer compressed with ${coding}`, { coding, ...hello }]),
  ),
  whole([
    'a content type with a character set',
    { headers: { 'content-type': 'application/json; charset=utf-8' }, ...hello },
  ]),
  whole([
    'a JSON that is called text',
    { headers: { 'content-type': 'text/plain' }, ...hello },
    paidFor('finish_reasons', 'messages', 'usage'),
  ]),
];

export const refusals: readonly Behaviour[] = [
  ...callersAffair,
  ...providersAffair,
  ...forms,
  ...broken,
  ...fine,
];
