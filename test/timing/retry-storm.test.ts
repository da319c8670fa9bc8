import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@weir/local-servers/port';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask, type Seen } from '../helpers/ask.ts';

let provider: FakeProvider;
let gateway: Gateway;

beforeEach(async () => {
  provider = await startFakeProvider({ port: await freePort(), maxRecorded: 10_000 });
  gateway = await startGateway({
    router: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: provider.openaiBaseUrl },
  });
});
afterEach(async () => {
  await gateway.close();
  await provider.close();
});

/** As many retries as a config may ask for. */
const config = (breaker: object) => ({
  strategy: { mode: 'single', cb_config: breaker },
  retry: { attempts: 5 },
  targets: [{ provider: 'openai' }],
});

const shortBreaker = { cooldown_interval: 1_000 };
/** It never opens: only the retry budget is left. */
const noBreaker = {
  failure_threshold: 10_000,
  failure_threshold_percentage: 100,
  minimum_requests: 10_000,
};

const perSecond = 500;
const forS = 2;
const everyMs = 10;

interface Storm {
  readonly answers: readonly Seen[];
  readonly tookMs: number;
}

/** Clients who come whether those before them have been answered or not; resolves when all of them have been. */
async function storm(question: { config: object; model: string }): Promise<Storm> {
  const startedMs = performance.now();
  const answers: Promise<Seen>[] = [];
  while (answers.length < perSecond * forS) {
    const due = Math.min(perSecond * forS, ((performance.now() - startedMs) / 1_000) * perSecond + 1);
    while (answers.length < due) answers.push(ask(gateway.baseUrl, { ...question, timeoutMs: 30_000 }));
    await sleep(everyMs);
  }
  return { answers: await Promise.all(answers), tookMs: performance.now() - startedMs };
}

const calls = () => provider.requests.filter(({ method }) => method === 'POST').length;

/** A fifth of the first attempts, ten at once, and three a second. */
const budgetFor = (firstAttempts: number, tookMs: number) => 0.2 * firstAttempts + 10 + (3 * tookMs) / 1_000;

const isUnanswered = ({ status, code }: Seen) =>
  !(status === 503 && /^(upstream_overloaded|no_target_available)$/.test(code ?? '')) &&
  !(status === 502 && code === 'upstream_unreachable');

describe('500 requests a second for a provider that is down', () => {
  test('reach it a few times, all are answered, and it is back soon after it is up again', async () => {
    provider.script({ fault: { kind: 'status', status: 503 } });
    const question = { model: 'overloaded', config: config(shortBreaker) };
    const { answers } = await storm(question);
    expect(answers.filter(isUnanswered)).toEqual([]);
    expect(calls()).toBeLessThan(150);
    const rested = answers.filter(({ code }) => code === 'no_target_available');
    expect(rested.length).toBeGreaterThan(0.6 * answers.length);
    for (const { headers } of rested) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);

    provider.reset();
    await eventually(async () => {
      expect((await ask(gateway.baseUrl, question)).status).toBe(200);
    }, 10_000);
  }, 60_000);

  test('are all answered where it refuses connections, and it is back soon after it is there again', async () => {
    const { port } = provider;
    await provider.close();
    const question = { model: 'absent', config: config(shortBreaker) };
    const { answers } = await storm(question);
    expect(answers.filter(isUnanswered)).toEqual([]);
    const attempts = answers.reduce((sum, { headers }) => sum + Number(headers.get('x-weir-attempts')), 0);
    expect(attempts).toBeLessThan(150);

    provider = await startFakeProvider({ port });
    await eventually(async () => {
      expect((await ask(gateway.baseUrl, question)).status).toBe(200);
    }, 10_000);
  }, 60_000);

  test('without a breaker are retried within the retry budget', async () => {
    provider.script({ fault: { kind: 'status', status: 503 } });
    const { answers, tookMs } = await storm({ model: 'overloaded', config: config(noBreaker) });
    expect(answers.filter(isUnanswered)).toEqual([]);
    expect(calls()).toBeGreaterThan(answers.length);
    expect(calls() - answers.length).toBeLessThanOrEqual(budgetFor(answers.length, tookMs));
  }, 60_000);
});
