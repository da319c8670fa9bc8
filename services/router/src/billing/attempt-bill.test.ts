import type { UsageRecord } from '@weir/contracts/usage-record';
import { expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import { missingUsage } from '../dialects/usage.ts';
import { usageOf, type AdmittedAttempt, type BilledEnd } from './attempt-bill.ts';

const attempt = (fields: Partial<AdmittedAttempt> = {}): AdmittedAttempt => ({
  purpose: 'first',
  chat: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
  body: '{"messages":[{"role":"user","content":"Hi"}]}',
  outputCapTokens: 1_000,
  target: { provider: aProvider(), model: { id: 'm' } },
  startedAtMs: 0,
  price: undefined,
  held: undefined,
  ...fields,
});
const told: UsageRecord = {
  ...missingUsage('m'),
  uncachedInputTokens: 100,
  outputTokens: 50,
  source: 'provider',
};
const end = (fields: Partial<BilledEnd> = {}): BilledEnd => ({
  reported: told,
  maybeBilled: true,
  latencyMs: 1_000,
  output: undefined,
  completion: undefined,
  ...fields,
});

test("the provider's figures are what is charged", () => {
  expect(usageOf(attempt(), end())).toEqual(told);
});

test("the fee of a search is charged that OpenAI's search models make and do not report", () => {
  const target = { provider: aProvider(), model: { id: 'gpt-4o-search-preview' } };
  const usage = usageOf(attempt({ target }), end());
  expect(usage.webSearchRequests).toBe(1);
  const { chat } = attempt();
  const asked = attempt({ chat: { ...chat, web_search_options: {} } });
  expect(usageOf(asked, end()).webSearchRequests).toBe(1);
  const counted = usageOf(asked, end({ reported: { ...told, webSearchRequests: 3 } }));
  expect(counted.webSearchRequests).toBe(3);
});

test('what was never billed is no usage, and what may be is never nothing', () => {
  const missing = missingUsage('m');
  expect(usageOf(attempt(), end({ reported: missing, maybeBilled: false }))).toEqual(missing);
  const usage = usageOf(attempt(), end({ reported: missing }));
  expect(usage.source).toBe('estimated');
  expect(usage.uncachedInputTokens).toBeGreaterThan(0);
  expect(usage.outputTokens).toBe(200);
});
