import type { FaultCode } from '@weir/contracts/faults';
import type { LimitState } from '@weir/contracts/cost/admission';
import { Fault } from '@weir/service-kit/fault';
import { expect, test } from 'vitest';
import { aLimitState } from '../../test/fake-cost.ts';
import { toRefusal } from './to-refusal.ts';

const nowMs = Date.UTC(2026, 10, 28);
const hold = { provider: 'openai', model: 'gpt-5' };
const refusal = (code: FaultCode, limit: Partial<LimitState>) =>
  toRefusal(new Fault(code, { limit: aLimitState(limit) }), { hold, nowMs });

test.each<[string, FaultCode, Partial<LimitState>, string, number | undefined]>([
  [
    'a budget of all time',
    'insufficient_quota',
    { window: 'total', remaining: '0' },
    'The budget of organisation/default ($10 in all) does not cover this request: $0 is left of it.',
    undefined,
  ],
  [
    'a budget of a model, which begins anew',
    'insufficient_quota',
    { window: 'day', model: 'gpt-5*', resetAtMs: nowMs + 60_000 },
    'The budget of organisation/default ($10 a day, for models named "gpt-5*") does not cover this request: $4 is left of it. There is room again at 2026-11-28T00:01:00.000Z.',
    60_000,
  ],
  [
    'a budget that a smaller request fits in',
    'insufficient_quota',
    { window: 'day', needed: '6.5' },
    'The budget of organisation/default ($10 a day) does not cover this request, which may cost up to $6.5: $4 is left of it. Make it smaller (max_tokens).',
    undefined,
  ],
  [
    'a budget that is held',
    'budget_reserved',
    {},
    'What is left of the budget of organisation/default ($10 a month) is held for requests that are under way. Try again shortly.',
    1_000,
  ],
  [
    'a rate of requests',
    'rate_limit_exceeded',
    { unit: 'requests', window: 'minute', limit: '60', resetAtMs: nowMs + 12_000, contact: 'ops' },
    'The limit of organisation/default is reached: 60 requests a minute. There is room again at 2026-11-28T00:00:12.000Z. Ask ops about it.',
    12_000,
  ],
  [
    'a number of requests at once',
    'rate_limit_exceeded',
    { unit: 'parallel_requests', window: undefined, limit: '4' },
    'The limit of organisation/default is reached: 4 requests at once.',
    1_000,
  ],
  [
    'tokens of a time of its own',
    'rate_limit_exceeded',
    { unit: 'tokens', window: '3600s', limit: '1000' },
    'The limit of organisation/default is reached: 1000 tokens within 3600 seconds.',
    undefined,
  ],
  [
    'tokens of which the request needs more than are left',
    'rate_limit_exceeded',
    { unit: 'tokens', window: 'minute', limit: '1000', remaining: '250', needed: '400' },
    'The limit of organisation/default (1000 tokens a minute) does not cover this request, which needs 400 tokens: 250 are left of it.',
    undefined,
  ],
])('%s is told in words, and when to try again', (_name, code, limit, message, retryAfterMs) => {
  const fault = refusal(code, limit);
  expect(fault).toMatchObject({ code, message });
  expect(fault.details.retryAfterMs).toBe(retryAfterMs);
});
