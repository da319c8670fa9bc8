import { faultTable } from '@weir/contracts/faults';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readErrorBody } from './error-body.ts';
import { providerErrorFault } from './provider-error.ts';

const rules = { codes: {}, texts: [] };
const secret = 'sk-live-1234';
const refuse = (status: number, error: object) =>
  providerErrorFault(status, readErrorBody(JSON.stringify({ error })), rules);

test("what is the caller's to mend is told with the provider's own reason, marked as its words", () => {
  for (const status of [400, 404, 410, 413, 422]) {
    expect(refuse(status, { message: 'tool_choice auto requires a parser' }).message).toMatch(
      / The provider says: "tool_choice auto requires a parser"$/,
    );
  }
  expect(refuse(400, { message: 'n is too high', param: 'n' }).message).toBe(
    'The provider rejected the parameter "n" as invalid. The provider says: "n is too high"',
  );
});

test("of what is not the caller's to mend it is told nothing but that it failed", () => {
  for (const status of [401, 402, 403, 405, 408, 409, 429, 451, 500, 503]) {
    const fault = refuse(status, { message: 'our account acme-prod is in trouble' });
    expect(fault.message).toBe(faultTable[fault.code].message);
  }
});

test('a text that is no JSON is no reason: it may be the page of a proxy', () => {
  for (const body of ['Bad Request: no', '<html><body>Bad Request</body></html>', '"no"', '42', '']) {
    const fault = providerErrorFault(400, readErrorBody(body), rules);
    expect(fault.message).toBe('The provider rejected the request as invalid.');
    expect(String(fault.cause)).toBe('Error: The provider answered 400');
  }
});

test('a key of a known form is in no message, no field at fault and no cause', () => {
  for (const status of [400, 401, 404, 413, 422, 429, 500]) {
    const fault = refuse(status, { message: `Wrong: ${secret}`, type: secret, code: secret, param: secret });
    expect(JSON.stringify(fault.toData()) + String(fault.cause)).not.toContain(secret);
  }
});

test('a refused credential is not even quoted for the log', () => {
  const { cause } = refuse(401, { message: 'Account acme-prod is closed', code: 'account_closed' });
  expect(String(cause)).toBe('Error: The provider answered 401 account_closed');
});

test("the cause, which is for the log, has the status, the provider's codes and its cleaned words, whatever the status", () => {
  const words = { message: 'Lan, 0912345678 is too hot', code: 'invalid_value', type: 'Lan, 0912345678' };
  for (const status of [400, 429, 500]) {
    expect(String(refuse(status, words).cause)).toBe(
      `Error: The provider answered ${status} invalid_value: "Lan, [phone] is too hot"`,
    );
  }
});

test('a 404 that does not speak of a model may be one of the address', () => {
  const fault = providerErrorFault(404, readErrorBody('{"detail":"Not Found"}'), rules);
  expect(fault).toMatchObject({
    code: 'model_not_found',
    message:
      'The provider does not know this model, or has nothing at this address. The provider says: "Not Found"',
  });
});

test('the field at fault is named where its name is safe', () => {
  expect(refuse(400, { param: 'messages[0].content' })).toMatchObject({
    message: 'The provider rejected the parameter "messages[0].content" as invalid.',
    details: { param: 'messages[0].content' },
  });
  expect(refuse(400, { param: `x: ${secret}` }).details.param).toBeUndefined();
});

test.each([
  ['{"error":{"code":"a","type":"b","message":"c"}}', ['a', 'b'], 'c'],
  ['[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"c"}}]', ['RESOURCE_EXHAUSTED'], 'c'],
  ['{"error":{"details":[{"reason":"R"},{"locale":"en"}],"status":"S","message":"c"}}', ['S', 'R'], 'c'],
  ['{"error":{"details":"none","message":"c"}}', [], 'c'],
  ['{"object":"error","type":"b","message":"c","code":null}', ['b'], 'c'],
  ['{"error":"c"}', [], 'c'],
  ['{"error":"c","code":"a"}', ['a'], 'c'],
  ['{"detail":"c"}', [], 'c'],
  ['{"detail":[{"loc":["body"]}]}', [], ''],
  ['{"detail":[{"loc":["body","n",0],"msg":"c"},{"msg":"d"},"e"]}', [], 'body.n.0: c; d; e'],
  ['{"detail":{"message":"c"}}', [], 'c'],
  ['{"object":"error","message":{"detail":[{"loc":["body","n"],"msg":"c"}]}}', [], 'body.n: c'],
  ['{"error":{"message":"{\\"detail\\":\\"c\\"}"}}', [], 'c'],
  ['{"error":{"message":"[1] is no text"}}', [], '[1] is no text'],
  ['{"error":{"message":"Provider returned error","metadata":{"raw":"{\\"error\\":\\"c\\"}"}}}', [], 'c'],
  ['{"message":["c","d"],"error":"Bad Request","statusCode":400}', [], 'c; d'],
  ['{"errors":["c",{"message":"d","code":7}],"success":false}', [], 'c; d'],
  ['{"message":"b","errors":{"n":["c","d"],"m":[]}}', [], 'b; n: c; d'],
  ['{"error":{"error":{"message":"c"}}}', [], 'c'],
  ['{"title":"Gone","status":410,"detail":"c"}', [], 'c'],
  ['{"title":"Gone","status":410}', [], 'Gone'],
  ['{"error":"b","error_description":"c"}', [], 'c'],
  ['{"msg":"c","code":1}', [], 'c'],
  ['{"id":"x","choices":[{"message":{"content":"no error"}}]}', [], ''],
  ['c', [], 'c'],
  ['', [], ''],
])('an error is read in every form that hosts give it: %s', (text, codes, message) => {
  expect(readErrorBody(text)).toMatchObject({ codes, message });
});

test('an error of any depth, length or form is read', () => {
  const nested = (depth: number) => `${'{"error":['.repeat(depth)}"c"${']}'.repeat(depth)}`;
  for (const text of [
    nested(10_000),
    JSON.stringify({ errors: Array.from({ length: 50_000 }, () => [{}]) }),
  ]) {
    expect(readErrorBody(text).message).toBe('');
  }
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(providerErrorFault(400, readErrorBody(text), rules).code).toBe('upstream_invalid_request');
    }),
  );
});
