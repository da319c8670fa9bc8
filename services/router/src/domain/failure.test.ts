import { Fault } from '@weir/service-kit/fault';
import { expect, test } from 'vitest';
import { isAmong, isFinal, isMendableElsewhere, isOfCredential } from './failure.ts';

const failure = (code: Fault['code'], status?: number) => ({ fault: new Fault(code), status });

test.each([
  ['a status of the provider that is listed', [500], failure('upstream_error', 500), true],
  ['one that is not', [429], failure('upstream_error', 500), false],
  ['not the status that callers see of it', [502], failure('upstream_error', 500), false],
  ['an overload by a status of its own', [503], failure('upstream_overloaded', 529), true],
  ['a refused credential', [401], failure('upstream_credentials_rejected', 401), true],
  [
    'a refused credential by the status that callers see',
    [502],
    failure('upstream_credentials_rejected', 401),
    false,
  ],
  ['no connection', [502], failure('upstream_unreachable'), true],
  ['no connection, as unavailable', [503], failure('upstream_unreachable'), true],
  ["a time-out, by Portkey's word for it", [408], failure('upstream_timeout'), true],
  ['a time-out', [504], failure('upstream_timeout'), true],
  ['an answer that breaks off', [502], failure('upstream_stream_cut'), true],
  ['a refused content', [400], failure('content_policy_violation', 400), true],
] as const)('a list of statuses means %s', (_name, listed, which, expected) => {
  expect(isAmong(new Set(listed), which)).toBe(expected);
});

test('what nobody waits for, and what is ours, ends a request', () => {
  expect(isFinal(failure('client_closed_request'))).toBe(true);
  expect(isFinal(failure('deadline_exceeded'))).toBe(true);
  expect(isFinal(failure('internal_error'))).toBe(true);
  expect(isFinal(failure('upstream_timeout'))).toBe(false);
});

test("a caller's own mistake is not put to another provider", () => {
  expect(isMendableElsewhere(failure('upstream_invalid_request', 400))).toBe(false);
  expect(isMendableElsewhere(failure('content_policy_violation', 400))).toBe(false);
  expect(isMendableElsewhere(failure('unsupported_parameter'))).toBe(true);
});

test('401, 403 and 429 are failures of a credential', () => {
  for (const status of [401, 403, 429]) expect(isOfCredential(failure('upstream_error', status))).toBe(true);
  expect(isOfCredential(failure('upstream_error', 500))).toBe(false);
});
