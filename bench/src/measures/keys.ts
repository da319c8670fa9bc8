import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { virtualKeys } from '@weir/contracts/keys/verification';
import { freePort } from '@weir/local-servers/port';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { connectTestBus } from '@weir/testkit/test-bus';
import { plantKeys } from '../keys/plant-keys.ts';
import { headWith, startVerifier, withoutStores } from '../keys/verifier.ts';
import { residentMb } from '../process-usage.ts';
import type { Measure } from '../report.ts';
import { median, quantile } from '../statistics.ts';

const keyCount = 100_000;
const rounds = 9;
const verificationsPerRound = 50_000;
/** Used in turn: more of them than fit into a processor's caches. */
const keysInUse = 10_000;
const coldKeys = 3_000;

/** What keys cost: each request that brings one, the first with a new one, and many that are there. */
export async function measureKeys(): Promise<Measure[]> {
  const quiet = { LOG_LEVEL: 'warn' };
  const gateway = await startGateway({
    router: { OPENAI_API_KEY: 'sk-bench', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1', ...quiet },
    ...{ ingress: quiet, keys: quiet },
  });
  try {
    const empty = await startIngress(gateway);
    const keys = await plantKeys(gateway.databaseUrl, keyCount);
    const projected = await secondsTo(async () => {
      await gateway.startReplica('keys', quiet);
      await untilProjected(gateway, keys.length);
    });
    const serviceStartS = await secondsTo(() => gateway.startReplica('keys', quiet));
    const full = await startIngress(gateway);
    const copyMb = await measureCopy(gateway, keys);
    const coldMs = await measureCold(gateway, keys);
    const many = `${keyCount.toLocaleString('en')} keys`;
    const grownMb = (full.memoryMb - empty.memoryMb).toFixed(0);
    return [
      {
        name: 'keys.verify_per_s',
        value: copyMb.perS,
        unit: '/s',
        better: 'higher',
        target: 100_000,
        against: many,
      },
      { name: 'keys.cold_p50_ms', value: median(coldMs), unit: 'ms', better: 'lower', against: many },
      {
        name: 'keys.cold_p99_ms',
        value: quantile(coldMs, 0.99),
        unit: 'ms',
        better: 'lower',
        target: 10,
        against: many,
      },
      {
        name: 'keys.copy_mb',
        value: copyMb.heapMb,
        unit: 'MB',
        better: 'lower',
        against: `${many}; a whole ingress grows by ${grownMb} MB`,
      },
      {
        name: 'keys.ingress_start_s',
        value: full.startS,
        unit: 's',
        better: 'lower',
        against: `${many}; with one key: ${empty.startS.toFixed(2)} s`,
      },
      {
        name: 'keys.service_start_s',
        value: serviceStartS,
        unit: 's',
        better: 'lower',
        against: `${many}; where the bucket has none of them yet, it has all after ${projected.toFixed(1)} s`,
      },
    ];
  } finally {
    await gateway.close();
  }
}

/** The keys service serves before the bucket has all that its tables have. */
async function untilProjected(gateway: Gateway, count: number): Promise<void> {
  const bus = await connectTestBus({ url: gateway.nats.urlFor('ingress'), service: 'ingress' });
  const store = await bus.store(virtualKeys);
  const all = Promise.withResolvers<undefined>();
  let missing = count;
  store.watch(() => {
    if (--missing === 0) all.resolve(undefined);
  });
  await all.promise;
  await bus.drain();
}

async function secondsTo(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return (performance.now() - startedAtMs) / 1_000;
}

/** One more ingress: how long it takes until it serves, and what it then holds. */
async function startIngress(gateway: Gateway): Promise<{ startS: number; memoryMb: number }> {
  const settings = { WEIR_PORT: String(await freePort()), LOG_LEVEL: 'warn' };
  const startedAtMs = performance.now();
  const ingress = await gateway.startReplica('ingress', settings);
  const startS = (performance.now() - startedAtMs) / 1_000;
  const memoryMb = residentMb(ingress.pid) ?? NaN;
  await ingress.stop();
  return { startS, memoryMb };
}

/** Verifies keys that the copy knows, as the ingress does for each request; and says what the copy takes. */
async function measureCopy(
  gateway: Gateway,
  keys: readonly string[],
): Promise<{ perS: number; heapMb: number }> {
  const bus = await connectTestBus({ url: gateway.nats.urlFor('ingress'), service: 'ingress' });
  const beforeMb = heapMb();
  const { admit, load } = startVerifier(bus);
  await load();
  const copyMb = heapMb() - beforeMb;
  const heads = keys.slice(0, keysInUse).map(headWith);
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAtMs = performance.now();
    for (let i = 0; i < verificationsPerRound; i++) {
      const head = heads[i % heads.length];
      if (!head || admit(head) instanceof Promise)
        throw new Error('a warm key took a hop: the figure means nothing');
    }
    rates.push((verificationsPerRound / (performance.now() - startedAtMs)) * 1_000);
  }
  await bus.drain();
  // The first rounds are those in which the code is still being compiled.
  return { perS: median(rates.slice(2)), heapMb: copyMb };
}

/** Verifies keys that no copy knows, each by one hop over NATS to the keys service and its Postgres, one after the other. */
async function measureCold(gateway: Gateway, keys: readonly string[]): Promise<number[]> {
  const bus = await connectTestBus({ url: gateway.nats.urlFor('ingress'), service: 'ingress' });
  const { admit } = startVerifier(withoutStores(bus));
  const latenciesMs: number[] = [];
  for (const key of keys.slice(0, coldKeys)) {
    const startedAtMs = performance.now();
    await admit(headWith(key));
    latenciesMs.push(performance.now() - startedAtMs);
  }
  await bus.drain();
  // The first ones wait for the verification key, and for connections and compilers.
  return latenciesMs.slice(coldKeys / 10);
}

/** What is in use on the heap of this process, in MB (10^6 bytes), once the garbage is gone. */
function heapMb(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 1e6;
}
