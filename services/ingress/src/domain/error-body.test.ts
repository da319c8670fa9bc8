import { faultTable, type FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';
import { expect, test } from 'vitest';
import { errorBody, errorType } from './error-body.ts';

test.each([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [403, 'permission_error'],
  [404, 'invalid_request_error'],
  [429, 'rate_limit_error'],
  [500, 'server_error'],
  [504, 'server_error'],
])('a %i is a %s', (status, type) => {
  expect(errorType(status)).toBe(type);
});

test.each(Object.keys(faultTable) as FaultCode[])(
  '%s says its message and code, and nothing of its cause',
  (code) => {
    const body = errorBody(new Fault(code, { cause: new Error('sk-secret'), param: 'model' }));
    expect(JSON.parse(body)).toMatchObject({
      error: { message: faultTable[code].message, code, param: 'model' },
    });
    expect(body).not.toContain('sk-secret');
  },
);
