import { faultTable, type FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';
import { expect, test } from 'vitest';
import type { BreakerPolicy } from '../routing/compiled-config.ts';
import { classifyFailure } from './outcome.ts';

const policy = (...statuses: number[]): BreakerPolicy => ({
  failures: 5,
  failureRate: 0.5,
  minRequests: 20,
  openMs: 30_000,
  maxOpenMs: undefined,
  failureStatusCodes: statuses.length > 0 ? new Set(statuses) : undefined,
});

const kindOf = (code: FaultCode, of = policy(), status?: number) =>
  classifyFailure({ fault: new Fault(code), status }, of).kind;

test("only what is the provider's own doing counts against it", () => {
  const codes = Object.keys(faultTable) as FaultCode[];
  expect(codes.filter((code) => kindOf(code) === 'failure').sort()).toEqual([
    'upstream_error',
    'upstream_invalid_response',
    'upstream_overloaded',
    'upstream_stream_cut',
    'upstream_timeout',
    'upstream_unreachable',
  ]);
});

test('a caller who sets a short deadline or leaves early opens no circuit for the others, whatever statuses are listed', () => {
  expect(kindOf('deadline_exceeded', policy(504))).toBe('neutral');
  expect(kindOf('client_closed_request', policy(499))).toBe('neutral');
});

test('what one request brings about takes the target from nobody else, whatever statuses are listed', () => {
  const kinds = [
    kindOf('upstream_empty_answer'),
    kindOf('upstream_empty_answer', policy(502)),
    kindOf('body_too_large', policy(413, 429), 429),
  ];
  for (const kind of kinds) expect(kind).not.toMatch(/failure|cooldown/);
});

test('a provider that limits the rate is left alone for as long as it says', () => {
  const limited = (retryAfterMs?: number) =>
    classifyFailure(
      { fault: new Fault('upstream_rate_limited', retryAfterMs === undefined ? {} : { retryAfterMs }) },
      policy(),
    );
  expect(limited(20_000)).toEqual({ kind: 'cooldown', code: 'upstream_rate_limited', forMs: 20_000 });
  expect(limited()).toEqual({ kind: 'cooldown', code: 'upstream_rate_limited', forMs: undefined });
});

test('an answer of the provider proves that it works, whatever is wrong with the request', () => {
  expect(kindOf('upstream_invalid_request', policy(), 422)).toBe('alive');
  expect(kindOf('unsupported_parameter', policy(), 400)).toBe('alive');
  // In a stream, or an answer with the status of a success.
  for (const code of ['model_not_found', 'context_length_exceeded', 'content_policy_violation'] as const) {
    expect(kindOf(code)).toBe('alive');
  }
  // These were never sent.
  for (const code of ['unsupported_parameter', 'body_too_large', 'host_not_allowed'] as const) {
    expect(kindOf(code)).toBe('neutral');
  }
});

test('a refusal of an unknown kind, which one request may bring about, counts only where a policy lists it', () => {
  for (const status of [405, 409, 423, 424, 425, 451, 499]) {
    expect(kindOf('upstream_error', policy(), status)).toBe('alive');
    expect(kindOf('upstream_error', policy(status), status)).toBe('failure');
  }
  expect(kindOf('upstream_timeout', policy(), 408)).toBe('failure');
});

test('a credential that is refused rests for a minute', () => {
  expect(
    classifyFailure({ fault: new Fault('upstream_credentials_rejected'), status: 401 }, policy()),
  ).toEqual({
    kind: 'cooldown',
    code: 'upstream_credentials_rejected',
    forMs: 60_000,
  });
});

test('where a policy lists statuses they alone are failures', () => {
  expect(kindOf('upstream_error', policy(503), 500)).toBe('alive');
  expect(kindOf('upstream_overloaded', policy(503), 503)).toBe('failure');
  expect(kindOf('upstream_invalid_request', policy(400), 400)).toBe('failure');
  expect(kindOf('upstream_rate_limited', policy(429), 429)).toBe('failure');
  expect(kindOf('upstream_rate_limited', policy(500), 429)).toBe('cooldown');
});

test('a time-out, which has no status, is meant by 408 and by 504', () => {
  expect(kindOf('upstream_timeout', policy(408))).toBe('failure');
  expect(kindOf('upstream_timeout', policy(504))).toBe('failure');
  expect(kindOf('upstream_timeout', policy(500))).toBe('neutral');
});
