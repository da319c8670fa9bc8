import { Fault } from '@weir/service-kit/fault';
import { describe, expect, test } from 'vitest';
import { fallsBack, nextTarget } from './fallback-policy.ts';

const failure = (code: Fault['code'], status?: number) => ({ fault: new Fault(code), status });

describe('the next target', () => {
  test("is not sent what is the client's own mistake", () => {
    expect(fallsBack(failure('upstream_invalid_request', 400), undefined)).toBe(false);
    expect(fallsBack(failure('content_policy_violation', 400), undefined)).toBe(false);
    expect(fallsBack(failure('unsupported_parameter'), undefined)).toBe(true);
    expect(fallsBack(failure('upstream_error', 500), undefined)).toBe(true);
  });

  test('follows on the listed statuses only, where a group lists them', () => {
    expect(fallsBack(failure('upstream_error', 500), new Set([429]))).toBe(false);
    expect(fallsBack(failure('upstream_invalid_request', 400), new Set([400]))).toBe(true);
  });

  test('follows on a target that became unhealthy before its turn, whatever is listed', () => {
    expect(fallsBack(failure('no_target_available'), new Set([429]))).toBe(true);
  });

  test('follows on no final failure, whatever is listed', () => {
    expect(fallsBack(failure('deadline_exceeded'), new Set([504]))).toBe(false);
  });

  test('continues a stream only where that is possible, and is a fallback before it began', () => {
    const failed = { failure: failure('upstream_stream_cut'), areAttemptsExhausted: false };
    expect(nextTarget({ ...failed, isCommitted: false, canContinue: false })).toBe('fallback');
    expect(nextTarget({ ...failed, isCommitted: true, canContinue: false })).toBe('none');
    expect(nextTarget({ ...failed, isCommitted: true, canContinue: true })).toBe('continuation');
    const exhausted = { ...failed, areAttemptsExhausted: true };
    expect(nextTarget({ ...exhausted, isCommitted: false, canContinue: false })).toBe('none');
  });
});
