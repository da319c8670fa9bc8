import type { ModelPrice } from '@weir/contracts/cost/prices';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { worstCaseNanoUsd } from '@weir/pricing/worst-case';
import { expect, test } from 'vitest';
import { aProvider } from '../../test/a-provider.ts';
import { attemptBound } from '../admission/attempt-bound.ts';
import { missingUsage } from '../dialects/usage.ts';
import type { Provider } from '../domain/provider.ts';
import { usageOf, type AdmittedAttempt } from './attempt-bill.ts';
import { costOf } from './attempt-cost.ts';

const price: ModelPrice = {
  id: 'openai/m@1',
  rates: { input: 1_000_000_000, output: 2_000_000_000 },
  serviceTiers: {
    flex: { rates: { input: 500_000_000, output: 1_000_000_000 } },
    batch: { rates: { input: 500_000_000, output: 1_000_000_000 } },
  },
  webSearchNanoUsd: 10_000_000,
};
const dear: ModelPrice = { id: 'openai/dear@1', rates: { input: 10_000_000_000, output: 20_000_000_000 } };
const settings = { sliceTokens: 1_000 };
const prices = { of: (_: Provider, { id }: { id: string }) => (id === 'dear' ? dear : undefined) };

const told: UsageRecord = {
  ...missingUsage('m'),
  uncachedInputTokens: 100,
  outputTokens: 50,
  source: 'provider',
};

interface Given extends Partial<AdmittedAttempt> {
  readonly provider?: Partial<Provider>;
  readonly tier?: string;
  readonly modelId?: string;
}

function attemptOf({ provider, tier, modelId = 'm', ...fields }: Given = {}): AdmittedAttempt {
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  const chat = { model: 'm', messages, ...(tier !== undefined && { service_tier: tier }) };
  return {
    purpose: 'first',
    chat,
    target: { provider: aProvider(provider), model: { id: modelId } },
    body: JSON.stringify(chat),
    outputCapTokens: 1_000,
    startedAtMs: 0,
    price,
    held: undefined,
    ...fields,
  };
}

const nanoUsdOf = (given: Given, usage: Partial<UsageRecord> = {}) =>
  costOf(attemptOf(given), { ...told, ...usage }, { prices, settings })?.nanoUsd;

test("the provider's figures are charged, searches with them; a model without a price costs nothing that anybody knows", () => {
  expect(nanoUsdOf({})).toBe(200_000);
  expect(nanoUsdOf({}, { webSearchRequests: 1 })).toBe(10_200_000);
  expect(nanoUsdOf({ price: undefined })).toBeUndefined();
});

test('the tier that is asked for is charged where the provider does not tell another', () => {
  expect(nanoUsdOf({ tier: 'flex' })).toBe(100_000);
  expect(nanoUsdOf({ tier: 'flex' }, { serviceTier: 'default' })).toBe(200_000);
});

test.each<[string, Given]>([
  ['of batches', { tier: 'batch' }],
  ['that the host is not sent', { tier: 'flex', provider: { unsupportedParams: ['service_tier'] } }],
  ['that the dialect does not know', { tier: 'flex', provider: { dialect: 'anthropic' } }],
])('no name of a tier earns a discount that the provider does not give: %s', (_name, given) => {
  expect(nanoUsdOf(given)).toBe(200_000);
  expect(nanoUsdOf(given, { source: 'estimated' })).toBe(200_000);
});

test('another model that has answered has its own price, a snapshot of the one that was asked has not', () => {
  expect(nanoUsdOf({}, { modelServed: 'dear' })).toBe(2_000_000);
  expect(nanoUsdOf({}, { modelServed: 'nobody-knows' })).toBe(200_000);
  expect(nanoUsdOf({ modelId: 'dea' }, { modelServed: 'dear' })).toBe(2_000_000);
  const ofFile = { provider: aProvider(), model: { id: 'm', price } };
  expect(nanoUsdOf({ target: ofFile }, { modelServed: 'dear' })).toBe(200_000);
  const all = { of: () => dear };
  const usage = { ...told, modelServed: 'm-2026-01-31' };
  expect(costOf(attemptOf(), usage, { prices: all, settings })?.nanoUsd).toBe(200_000);
});

test("a host that a caller has brought cannot spend the organisation's budget by what it says", () => {
  const attempt = attemptOf({ provider: { name: 'openai', isOfConfig: true } });
  const claimed = { ...told, outputTokens: 1_000_000_000 };
  const mostNanoUsd = worstCaseNanoUsd(price, attemptBound(attempt, settings));
  expect(costOf(attempt, claimed, { prices, settings })).toEqual({
    nanoUsd: mostNanoUsd,
    priceId: 'openai/m@1',
    claimedNanoUsd: 2_000_000_100_000,
  });
  expect(costOf(attempt, told, { prices, settings })).toEqual({ nanoUsd: 200_000, priceId: 'openai/m@1' });
  const cheaper = { ...told, modelServed: 'dear' };
  expect(costOf(attempt, cheaper, { prices, settings })?.nanoUsd).toBe(200_000);
});

test('what a provider claims that cannot be never settles a budget: it costs an estimate, and no more than was held', () => {
  const attempt = attemptOf({ held: { amountNanoUsd: 150_000 } as AdmittedAttempt['held'] });
  const reported = { ...told, uncachedInputTokens: Number.MAX_SAFE_INTEGER };
  const end = { reported, maybeBilled: true, latencyMs: 1_000, output: undefined, completion: undefined };
  const usage = usageOf(attempt, end);
  expect(usage.suspect).toEqual({ inputTokens: Number.MAX_SAFE_INTEGER, outputTokens: 50 });
  expect(costOf(attempt, usage, { prices, settings })?.nanoUsd).toBe(150_000);
});
