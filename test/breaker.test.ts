import { eventually } from '@weir/testkit/eventually';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { askAdmin, readStatus } from './helpers/admin.ts';
import { ask, type Seen } from './helpers/ask.ts';
import { openFleet, sumOf, type Fleet } from './helpers/fleet.ts';

let flapping: FakeProvider;
let steady: FakeProvider;
let fleet: Fleet;

beforeAll(async () => {
  [flapping, steady] = await Promise.all([startFakeProvider({ maxRecorded: 10_000 }), startFakeProvider()]);
  const settings = {
    OPENAI_API_KEY: 'sk-flapping',
    OPENAI_BASE_URL: flapping.openaiBaseUrl,
    OLLAMA_HOST: steady.url,
  };
  fleet = await openFleet({ routers: [settings, settings] });
  // Only what admins have stored is judged together by all routers.
  await askAdmin(fleet.url, 'PUT', '/configs/resilient', { body: resilient });
  await eventually(async () => {
    const seen = await Promise.all(
      Array.from({ length: 8 }, () => ask(fleet.baseUrl, { model: 'any', config })),
    );
    expect(seen.every(({ status }) => status === 200)).toBe(true);
  });
  flapping.reset();
});
afterAll(async () => {
  await fleet.close();
  await Promise.all([flapping.close(), steady.close()]);
});
afterEach(() => {
  flapping.reset();
});

const cooldownMs = 250;

const config = 'resilient';
const resilient = {
  strategy: { mode: 'fallback', cb_config: { failure_threshold: 3, cooldown_interval: cooldownMs } },
  targets: [{ provider: 'openai' }, { provider: 'ollama' }],
};

const stateOf = async (model: string) => {
  const { targets } = await readStatus(fleet.url);
  return targets.find((target) => target.provider === 'openai' && target.model === model);
};

/** Of both routers: how often they have brought a target into this state. */
async function transitionsTo(state: string): Promise<number> {
  const metrics = await fleet.metrics();
  return sumOf(metrics.join('\n'), 'weir_router_breaker_transitions_total', {
    provider: 'openai',
    to: state,
  });
}

/** Clients who ask one request after the other until they are told to stop; resolves to all that they saw. */
function startClients(model: string): { seen: Seen[]; stop(): Promise<void> } {
  const seen: Seen[] = [];
  let isOver = false;
  const clients = Array.from({ length: 4 }, async (_, client) => {
    while (!isOver) {
      seen.push(await ask(fleet.baseUrl, { model, stream: client % 2 === 0, config }));
    }
  });
  return {
    seen,
    stop: async () => {
      isOver = true;
      await Promise.all(clients);
    },
  };
}

/** Resolves when both routers know of it. */
const opens = () =>
  eventually(async () => {
    for (const metrics of await fleet.metrics()) {
      expect(sumOf(metrics, 'weir_router_targets', { state: 'open' })).toBe(1);
    }
  });

const isChat = ({ method }: { method: string }) => method === 'POST';
const callTimes = () => flapping.requests.filter(isChat).map(({ startedAt }) => startedAt);

test('a provider that flaps is left alone while it is down, but for one probe at a time, and nobody notices', async () => {
  const model = 'flaps';
  let isDown = true;
  flapping.script({ fault: { kind: 'status', status: 503 }, latencyMs: 100, matches: () => isDown });
  const clients = startClients(model);
  await opens();
  // What was on its way by then has been asked by now.
  const openedAtMs = Date.now() + 100;
  await eventually(async () => {
    expect(await stateOf(model)).toMatchObject({ state: 'open', reason: 'upstream_overloaded' });
  });
  const probes = () => callTimes().filter((atMs) => atMs > openedAtMs);
  await eventually(() => {
    expect(probes().length).toBeGreaterThanOrEqual(3);
  }, 10_000);
  for (const [index, atMs] of probes().entries()) {
    expect(atMs - (probes()[index - 1] ?? 0)).toBeGreaterThanOrEqual(cooldownMs);
  }
  expect(await transitionsTo('half_open')).toBeGreaterThanOrEqual(3);

  isDown = false;
  await eventually(async () => {
    expect(clients.seen.at(-1)?.headers.get('x-weir-provider')).toBe('openai');
    expect(await stateOf(model)).toMatchObject({ state: 'closed', until: null });
  }, 10_000);
  expect(await transitionsTo('closed')).toBeGreaterThanOrEqual(1);

  isDown = true;
  await opens();
  await clients.stop();
  expect(clients.seen.length).toBeGreaterThan(50);
  for (const { status, isWhole, code } of clients.seen) {
    expect({ status, isWhole, code }).toEqual({ status: 200, isWhole: true, code: undefined });
  }
}, 60_000);

test('a 429 with retry-after takes a target out for that time, in all replicas', async () => {
  const model = 'limited';
  const isLimited = { kind: 'status', status: 429, retryAfter: 4 } as const;
  flapping.script({ fault: isLimited, times: 1 });
  const question = { model, config };
  const startedMs = performance.now();
  expect((await ask(fleet.baseUrl, question)).headers.get('x-weir-provider')).toBe('ollama');
  await eventually(async () => {
    for (const metrics of await fleet.metrics()) {
      expect(sumOf(metrics, 'weir_router_targets', { state: 'cooling_down' })).toBe(1);
    }
  });
  expect(await stateOf(model)).toMatchObject({ state: 'cooling_down', reason: 'upstream_rate_limited' });

  const answersOfEach = async () =>
    (await fleet.metrics()).map((metrics) =>
      sumOf(metrics, 'weir_upstream_requests_total', { provider: 'ollama', outcome: 'ok' }),
    );
  const before = await answersOfEach();
  const seen = await Promise.all(Array.from({ length: 20 }, () => ask(fleet.baseUrl, question)));
  expect(performance.now() - startedMs).toBeLessThan(4_000);
  expect(seen.map(({ headers }) => headers.get('x-weir-provider'))).toEqual(Array(20).fill('ollama'));
  expect(callTimes()).toHaveLength(1);
  for (const [router, count] of (await answersOfEach()).entries()) {
    expect(count).toBeGreaterThan(before[router] ?? 0);
  }

  await eventually(async () => {
    expect((await ask(fleet.baseUrl, question)).headers.get('x-weir-provider')).toBe('openai');
  }, 8_000);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(4_000);
}, 30_000);
