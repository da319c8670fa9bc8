import { fileURLToPath } from 'node:url';
import { gatewayStatus } from '@weir/contracts/admin/gateway-status';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { keyWithLimits, ledgerOf, pricedModel, spendingOf } from '@weir/testkit/spending/spending';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminOf } from './helpers/admin.ts';
import { ask } from './helpers/ask.ts';
import { settingsFor } from './helpers/gateway-fixture.ts';

const preload = fileURLToPath(import.meta.resolve('@weir/testkit/shift-clock'));

/** As on a host whose clock is so far ahead. */
const ahead = (seconds: number) => ({
  NODE_OPTIONS: `--import=${preload}`,
  WEIR_TEST_CLOCK_AHEAD_MS: String(seconds * 1_000),
});

let provider: FakeProvider;
let gateway: Gateway;

beforeAll(async () => {
  // Longer than the cost service takes to look for holds that have expired.
  provider = await startFakeProvider({ latencyMs: 1_500 });
  gateway = await startGateway({
    router: { ...settingsFor(provider), ...ahead(59) },
    cost: ahead(-45),
    keys: ahead(2),
  });
  await gateway.startReplica('cost', { NATS_URL: gateway.nats.urlFor('cost'), ...ahead(45) });
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
});

test('hosts whose clocks are up to a minute apart do their work as any others, and operators are told whose they are', async () => {
  const admin = adminOf(gateway.url);
  const limited = await keyWithLimits(admin, [{ unit: 'usd', limit: '1', window: 'day' }]);
  const questions = Array.from({ length: 8 }, (_, i) => ({ model: pricedModel, stream: i % 2 === 0 }));
  const seen = await Promise.all(questions.map((one) => ask(gateway.baseUrl, { ...one, key: limited.key })));
  expect(seen.map(({ status, isWhole }) => ({ status, isWhole }))).toEqual(
    questions.map(() => ({ status: 200, isWhole: true })),
  );
  expect(Math.max(...seen.map(({ tookMs }) => tookMs))).toBeLessThan(10_000);
  // Each call is one event, no hold expires while its request is under way, and nothing stays held.
  await eventually(async () => {
    expect(await spendingOf(admin, limited)).toMatchObject({ heldNanoUsd: 0 });
    const entries = await ledgerOf(gateway.databaseUrl, limited);
    expect(entries.map(({ entry }) => entry)).toEqual(questions.map(() => 'attempt'));
  });
  expect(provider.requests.filter(({ method }) => method === 'POST')).toHaveLength(questions.length);

  await eventually(async () => {
    const { replicas, problems } = await admin.call(gatewayStatus, {});
    const skews = (replicas ?? []).map((one) => [one.service, Math.round((one.clock_skew_ms ?? 0) / 1_000)]);
    expect(skews).toEqual(
      expect.arrayContaining([
        ['ingress', 0],
        ['router', 59],
        ['cost', -45],
        ['cost', 45],
        ['keys', 2],
      ]),
    );
    expect(problems.join('\n')).toMatch(
      /ingress \w+: the clock of router \w+ is 59\.\d s ahead of this one's/,
    );
  });
});
