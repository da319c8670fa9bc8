import { expect, test } from 'vitest';
import { readErrorBody } from './error-body.ts';
import { providerErrorFault } from './provider-error.ts';

const rules = { codes: {}, texts: [] };
const secret = 'sk-live-1234';
const refuse = (status: number, error: object) =>
  providerErrorFault(status, readErrorBody(JSON.stringify({ error })), rules);

test("a fault's message never repeats what the provider wrote", () => {
  for (const status of [400, 401, 404, 413, 422, 429, 500]) {
    const fault = refuse(status, { message: `Wrong: ${secret}`, type: secret, code: secret });
    expect(JSON.stringify(fault.toData())).not.toContain(secret);
  }
});

test('a refused credential is not even quoted for the log', () => {
  const { cause } = refuse(401, { message: `Incorrect API key provided: ${secret}` });
  expect(String(cause)).not.toContain(secret);
});

test("the cause, which is for the log, has the status and the provider's codes, and none of its text", () => {
  const words = {
    message: 'Lan, 0912345678 is no temperature',
    code: 'invalid_value',
    type: 'Lan, 0912345678',
  };
  const { cause } = refuse(400, words);
  expect(String(cause)).toBe('Error: The provider answered 400 invalid_value');
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
  ['{"detail":"c"}', [], 'c'],
  ['{"detail":[{"loc":["body"]}]}', [], ''],
  ['c', [], 'c'],
  ['', [], ''],
])('an error is read in every form that hosts give it: %s', (text, codes, message) => {
  expect(readErrorBody(text)).toMatchObject({ codes, message });
});
