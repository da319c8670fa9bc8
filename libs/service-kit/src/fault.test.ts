import { faultDataSchema, faultTable } from '@weir/contracts/faults';
import { expect, test } from 'vitest';
import { Fault } from './fault.ts';

test('a fault crosses the bus and comes back the same, without its cause', () => {
  const fault = new Fault('upstream_rate_limited', {
    retryAfterMs: 2_000,
    provider: 'openai',
    cause: 'sk-secret',
  });
  const wire = JSON.stringify(fault.toData());
  expect(wire).not.toContain('sk-secret');
  expect(Fault.fromData(faultDataSchema.parse(JSON.parse(wire)))).toMatchObject({
    code: 'upstream_rate_limited',
    status: 429,
    retryable: true,
    message: fault.message,
    details: { retryAfterMs: 2_000, provider: 'openai' },
  });
});

test('what nobody foresaw is an internal error that keeps its text to itself', () => {
  const thrown = new Error('the password is hunter2');
  const fault = Fault.from(thrown);
  expect(fault).toMatchObject({
    code: 'internal_error',
    message: faultTable.internal_error.message,
    cause: thrown,
  });
});

test('a code that a newer service has added is read as an internal error', () => {
  expect(faultDataSchema.parse({ code: 'from_the_future', message: 'm' }).code).toBe('internal_error');
});

test('no failure of ours or of a provider is ever shown as a wrong key', () => {
  const notTheCallers = Object.values(faultTable).filter(
    ({ owner }) => owner === 'gateway' || owner === 'provider',
  );
  expect(notTheCallers.map(({ status }) => status)).not.toContain(401);
});
