import { Fault } from '@weir/service-kit/fault';
import { expect, test } from 'vitest';
import { missingUsage } from '../dialects/usage.ts';
import { mayBeBilled } from './attempt-report.ts';

test.each([
  [400, false],
  [401, false],
  [429, false],
  [500, false],
  [503, false],
  [529, false],
  [408, true],
  [502, true],
  [504, true],
  [520, true],
  [524, true],
])('whether an attempt may be billed that ended with %i: %s', (status, expected) => {
  const failure = { fault: new Fault('upstream_error'), status };
  expect(mayBeBilled({ ok: false, failure, usage: missingUsage('m') })).toBe(expected);
});
