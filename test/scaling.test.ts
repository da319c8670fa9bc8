import { freePort } from '@weir/local-servers/port';
import { startBalancer, type Balancer } from '@weir/testkit/balancer';
import { eventually } from '@weir/testkit/eventually';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import type { ServiceProcess } from '@weir/testkit/service-process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { jsonHeaders } from './helpers/ask.ts';
import { models, settingsFor } from './helpers/gateway-fixture.ts';

let provider: FakeProvider;
let gateway: Gateway;
let balancer: Balancer;
let routers: ServiceProcess[];
let ingresses: ServiceProcess[];
let targets: string[];

/** Long enough for the balancer to see that it is no longer ready. */
const ofIngress = { WEIR_DRAIN_DELAY_MS: '300' };

const startRouter = () => gateway.startReplica('router', settingsFor(provider));

async function startIngress(): Promise<{ service: ServiceProcess; url: string }> {
  const port = await freePort();
  const service = await gateway.startReplica('ingress', { WEIR_PORT: String(port), ...ofIngress });
  return { service, url: `http://127.0.0.1:${port}` };
}

beforeEach(async () => {
  provider = await startFakeProvider();
  gateway = await startGateway({ router: settingsFor(provider), ingress: ofIngress });
  const [router, ingress] = await Promise.all([startRouter(), startIngress()]);
  routers = [gateway.router, router];
  ingresses = [gateway.ingress, ingress.service];
  targets = [gateway.url, ingress.url];
  balancer = await startBalancer(targets);
  await eventually(async () => {
    expect((await fetch(`${balancer.url}/ready`)).status).toBe(200);
  });
});
afterEach(async () => {
  await Promise.all([...ingresses, ...routers].map((service) => service.kill()));
  await Promise.all([balancer.close(), gateway.close()]);
  await provider.close();
});

/** Asks once; resolves to what went wrong, or to nothing. */
async function ask(stream: boolean): Promise<string | undefined> {
  try {
    const response = await fetch(`${balancer.url}/v1/chat/completions`, {
      method: 'POST',
      headers: jsonHeaders,
      body: JSON.stringify({
        model: models.openai,
        stream,
        messages: [{ role: 'user', content: 'one two three four' }],
      }),
    });
    const text = await response.text();
    if (response.status !== 200) return `status ${response.status}: ${text}`;
    return stream && !text.includes('[DONE]') ? `a broken stream: ${text.slice(-300)}` : undefined;
  } catch (error) {
    return String(error);
  }
}

test('two ingresses and two routers, each restarted in turn under load: no failed request, no broken stream', async () => {
  provider.script({ tokensPerSecond: 20 });
  let stop = false;
  let answered = 0;
  const problems: string[] = [];
  const workers = Array.from({ length: 12 }, async (_, worker) => {
    while (!stop) {
      const problem = await ask(worker % 2 === 0);
      answered++;
      if (problem !== undefined) problems.push(problem);
    }
  });
  const answersReach = (count: number) =>
    eventually(() => {
      expect(answered).toBeGreaterThanOrEqual(count);
    }, 20_000);
  await answersReach(12);

  for (const index of [0, 1]) {
    expect(await routers[index]?.stop()).toBe(0);
    routers[index] = await startRouter();
    await answersReach(answered + 12);
  }
  for (const index of [0, 1]) {
    expect(await ingresses[index]?.stop()).toBe(0);
    const { service, url } = await startIngress();
    ingresses[index] = service;
    targets[index] = url;
    await answersReach(answered + 12);
  }
  stop = true;
  await Promise.all(workers);
  expect(problems).toEqual([]);
  expect(answered).toBeGreaterThan(60);
}, 90_000);

test('a router that is killed: what it had begun ends with a clear error at once, the rest is taken by the other', async () => {
  provider.script({ tokensPerSecond: 2 });
  const begun = Array.from({ length: 20 }, () =>
    ask(true).then((problem) => ({ problem, endedAtMs: performance.now() })),
  );
  await eventually(() => {
    expect(provider.requests.filter(({ method }) => method === 'POST')).toHaveLength(20);
  });
  provider.reset();

  const killedAtMs = performance.now();
  await routers[0]?.kill();
  const next = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(i % 2 === 0)));
  expect(next.filter(Boolean)).toEqual([]);

  const broken = (await Promise.all(begun)).filter(({ problem }) => problem !== undefined);
  expect(broken.length).toBeGreaterThan(0);
  expect(broken.length).toBeLessThan(20);
  for (const { problem, endedAtMs } of broken) {
    expect(problem).toContain('"code":"service_lost"');
    expect(endedAtMs - killedAtMs).toBeLessThan(1_000);
  }
}, 60_000);

test('an ingress that is killed: the calls that it had made to providers end, though it could cancel nothing', async () => {
  provider.script({ latencyMs: 60_000 });
  const begun = Array.from({ length: 6 }, (_, i) => ask(i % 2 === 0));
  const calls = () => provider.requests.filter(({ method }) => method === 'POST');
  await eventually(() => {
    expect(calls()).toHaveLength(6);
  });
  await Promise.all(ingresses.map((ingress) => ingress.kill()));
  await eventually(() => {
    expect(calls().filter(({ abortedAt }) => abortedAt === undefined)).toEqual([]);
  }, 15_000);
  expect((await Promise.all(begun)).filter(Boolean)).toHaveLength(6);
}, 60_000);
