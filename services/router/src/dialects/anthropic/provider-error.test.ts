import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { context, readRecordedJson } from '../../../test/recorded/anthropic/recorded.ts';
import { anthropicDialect } from './dialect.ts';

const recorded = z
  .array(z.object({ status: z.number(), type: z.string(), message: z.string(), fault: z.string() }))
  .parse(readRecordedJson('errors.json'));

describe.each(recorded)('$status $type "$message"', ({ status, type, message, fault: code }) => {
  const body = JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_011' });

  test('is mapped to one fault, whose message has the words of the provider where the caller can mend it', () => {
    const fault = anthropicDialect.parseError(status, body);
    expect(fault.code).toBe(code);
    const isMendable = [400, 404, 413].includes(status) && code !== 'upstream_credentials_rejected';
    expect(fault.message.endsWith(`The provider says: "${message}"`)).toBe(isMendable);
    expect(fault.message.includes(message)).toBe(isMendable);
  });

  test('is the same fault where it comes as an event of a stream, or inside a 200', () => {
    const thrown = expect.objectContaining({ code }) as Error;
    expect(() => anthropicDialect.createStreamParser(context).push({ name: 'error', data: body })).toThrow(
      thrown,
    );
    expect(() => anthropicDialect.createStreamParser(context).push({ data: body })).toThrow(thrown);
    expect(() => anthropicDialect.parseCompletion(body, context)).toThrow(thrown);
  });
});

test.each([
  [502, '<html>Bad gateway</html>', 'upstream_error'],
  [529, '', 'upstream_overloaded'],
  [400, '{"error":"no"}', 'upstream_invalid_request'],
  [404, 'Not Found', 'model_not_found'],
])('%i with the body %j, which is not of Anthropic, is %s', (status, body, code) => {
  expect(anthropicDialect.parseError(status, body).code).toBe(code);
});

const noCredit = 'Your credit balance is too low to access the Anthropic API.';

test.each([
  `tool_choice: Input tag '${noCredit}' found using 'type' does not match any of the expected tags`,
  `${noCredit} is not a valid role.`,
  'messages.0: This organization has been disabled.',
])('what a caller has written can not mean that the account has no credit: %s', (message) => {
  const body = JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message } });
  expect(anthropicDialect.parseError(400, body).code).toBe('upstream_invalid_request');
});

test('the log is not told what the provider says of a rejected key', () => {
  const body = JSON.stringify({ error: { type: 'authentication_error', message: 'bad key sk-ant-123' } });
  expect(String(anthropicDialect.parseError(401, body).cause)).not.toContain('sk-ant-123');
});
