import { Fault } from '@weir/service-kit/fault';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  defaultRetryStatusCodes,
  isFinal,
  matchesStatus,
  nextStep,
  type FailedAttempt,
} from './retry-policy.ts';

const failure = (code: Fault['code'], status?: number, retryAfterMs?: number) => ({
  fault: new Fault(code, retryAfterMs === undefined ? {} : { retryAfterMs }),
  status,
});

test.each([
  ['a status of the provider that is listed', [500], failure('upstream_error', 500), true],
  ['one that is not', [429], failure('upstream_error', 500), false],
  ['not the status that clients see of it', [502], failure('upstream_error', 500), false],
  ['an overload by a status of its own', [503], failure('upstream_overloaded', 529), true],
  ['a rejected credential', [401], failure('upstream_credentials_rejected', 401), true],
  [
    'not a rejected credential by the status that clients see',
    [502],
    failure('upstream_credentials_rejected', 401),
    false,
  ],
  ['no connection', [502], failure('upstream_unreachable'), true],
  ['no connection, as unavailable', [503], failure('upstream_unreachable'), true],
  ["a time-out, by Portkey's status for it", [408], failure('upstream_timeout'), true],
  ['a time-out', [504], failure('upstream_timeout'), true],
  ['a response that is cut', [502], failure('upstream_stream_cut'), true],
  ['a content policy violation', [400], failure('content_policy_violation', 400), true],
] as const)('a list of statuses includes %s', (_name, listed, which, expected) => {
  expect(matchesStatus(new Set(listed), which)).toBe(expected);
});

test('the end of the client, of its deadline and failures of the gateway end a request', () => {
  expect(isFinal(failure('client_closed_request'))).toBe(true);
  expect(isFinal(failure('deadline_exceeded'))).toBe(true);
  expect(isFinal(failure('internal_error'))).toBe(true);
  expect(isFinal(failure('upstream_timeout'))).toBe(false);
});

const nowMs = 1_000_000;

/** An attempt that failed with 500, with one retry left and half a minute of time. */
const attempt = (fields: Partial<FailedAttempt> = {}): FailedAttempt => ({
  failure: failure('upstream_error', 500),
  policy: { attempts: 1, onStatusCodes: new Set([429, 500, 504]), usesRetryAfter: true },
  retries: 0,
  isCommitted: false,
  areAttemptsExhausted: false,
  hasNextCredential: false,
  hasNextTarget: () => false,
  statuses: [{ state: 'closed' }],
  isConfigHost: false,
  nowMs,
  deadlineAtMs: nowMs + 30_000,
  random: () => 0.5,
  ...fields,
});

const giveUp = { kind: 'give_up' };
const retry = { kind: 'retry' };

describe('the same target', () => {
  test('is tried with its next credential first on 401, 403 and 429, and on no other status', () => {
    for (const status of [401, 403, 429]) {
      const failed = attempt({ failure: failure('upstream_error', status), hasNextCredential: true });
      expect(nextStep(failed)).toEqual({ kind: 'next_credential' });
    }
    expect(nextStep(attempt({ hasNextCredential: true }))).toMatchObject({ kind: 'retry' });
  });

  test('is not tried with another credential where one request is too large for the account', () => {
    expect(nextStep(attempt({ failure: failure('body_too_large', 429), hasNextCredential: true }))).toEqual(
      giveUp,
    );
  });

  test.each([
    ['a part of the response was sent', { isCommitted: true }],
    ['the request has used up its attempts', { areAttemptsExhausted: true }],
    ['the config allows no further retry', { retries: 1 }],
    ['the status is not listed', { failure: failure('upstream_error', 418) }],
    ['it took too long, and the list has 504 alone', { failure: failure('upstream_timeout') }],
    ['the request itself is at fault', { failure: failure('upstream_invalid_request', 500) }],
    ['the deadline would pass', { deadlineAtMs: nowMs + 100 }],
    ['every breaker is open', { statuses: [{ state: 'open', retryAtMs: nowMs + 10 }] }],
    [
      'it asks for more than a minute',
      { failure: failure('upstream_error', 500, 61_000), deadlineAtMs: 1e9 },
    ],
    [
      'it asks for a long pause and another target is available',
      { failure: failure('upstream_error', 500, 6_000), hasNextTarget: () => true },
    ],
    [
      'it asks for a long pause and a config has named the host',
      { failure: failure('upstream_error', 500, 6_000), isConfigHost: true },
    ],
  ] as const)('is given up where %s', (_name, fields) => {
    expect(nextStep(attempt(fields))).toEqual(giveUp);
  });

  test('is retried after a time-out of our own where the list names 408 or there is none, and after a 504 of its own', () => {
    const timedOut = { failure: failure('upstream_timeout') };
    const listing = (onStatusCodes: ReadonlySet<number>) => ({ ...attempt().policy, onStatusCodes });
    expect(nextStep(attempt({ ...timedOut, policy: listing(new Set([408])) }))).toMatchObject(retry);
    expect(nextStep(attempt({ ...timedOut, policy: listing(defaultRetryStatusCodes) }))).toMatchObject(retry);
    expect(nextStep(attempt({ failure: failure('upstream_timeout', 504) }))).toMatchObject(retry);
  });

  test("is retried after a refusal that is the provider's affair, or for want of the model, where that is listed", () => {
    const refusals = [
      failure('upstream_error', 409),
      failure('model_not_found', 404),
      failure('model_not_found', 410),
    ];
    for (const refusal of refusals) {
      expect(nextStep(attempt({ failure: refusal }))).toEqual(giveUp);
      const listed = { ...attempt().policy, onStatusCodes: new Set([refusal.status ?? 0]) };
      expect(nextStep(attempt({ failure: refusal, policy: listed }))).toMatchObject(retry);
    }
  });

  test('is retried after its cooldown, else after retry-after, else after a random part of the backoff', () => {
    const waits = { failure: failure('upstream_error', 500, 2_000) };
    expect(nextStep(attempt(waits))).toEqual({ kind: 'retry', pauseMs: 2_000 });
    const cooling = [{ state: 'cooling_down', retryAtMs: nowMs + 3_000 }] as const;
    expect(nextStep(attempt({ ...waits, statuses: cooling }))).toEqual({ kind: 'retry', pauseMs: 3_003 });
    expect(nextStep(attempt())).toEqual({ kind: 'retry', pauseMs: 250 });
    const ignores = { ...attempt().policy, usesRetryAfter: false };
    expect(nextStep(attempt({ ...waits, policy: ignores }))).toEqual({ kind: 'retry', pauseMs: 250 });
  });

  test('is never retried after its deadline, nor more often than its config says', () => {
    fc.assert(
      fc.property(
        fc.nat(8),
        fc.nat(5),
        fc.nat(120_000),
        fc.nat(120_000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (retries, attempts, retryAfterMs, leftMs, chance) => {
          const step = nextStep(
            attempt({
              retries,
              policy: { attempts, onStatusCodes: new Set([500]), usesRetryAfter: true },
              failure: failure('upstream_error', 500, retryAfterMs),
              deadlineAtMs: nowMs + leftMs,
              random: () => chance,
            }),
          );
          if (step.kind !== 'retry') return;
          expect(retries).toBeLessThan(attempts);
          expect(step.pauseMs).toBeLessThan(leftMs);
          expect(step.pauseMs).toBeLessThanOrEqual(60_000);
        },
      ),
    );
  });
});
