import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import type { Caller } from './sdk-cost/caller.ts';
import { plainCallers } from './sdk-cost/plain-callers.ts';
import { pooledFetch, sdkCallers, sdkParserCallers } from './sdk-cost/sdk-callers.ts';
import { contentChunks } from './sdk-cost/wire-forms.ts';

/**
 * What a call to a provider costs its caller in CPU, by the official SDKs and without them. The server is a process
 * of its own. Run alone: `node bench/src/sdk-cost.ts`.
 */
const concurrency = 32;
const rounds = 3;
const calls = { whole: 4_000, stream: 400 };

const server = fork(new URL('./sdk-cost/canned-server.ts', import.meta.url));
const [port] = (await once(server, 'message')) as [number];
const origin = `http://127.0.0.1:${port}`;
const pool = new Pool(origin, { connections: concurrency });

const callers = [
  ...sdkCallers(origin, 'SDK'),
  ...sdkCallers(origin, 'SDK, Pool.request as fetch', pooledFetch(pool)),
  ...sdkParserCallers(pool, 'Pool.request, SDK stream parser'),
  ...plainCallers(pool, 'Pool.request, zod, own framing'),
];

/** CPU of this process per call in microseconds, as the best of some rounds: noise only ever adds. */
async function costUs(call: () => Promise<unknown>, count: number): Promise<number> {
  await repeat(call, count / 4);
  let bestUs = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    await repeat(call, count);
    const { user, system } = process.cpuUsage(before);
    bestUs = Math.min(bestUs, (user + system) / count);
  }
  return bestUs;
}

async function repeat(call: () => Promise<unknown>, count: number): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function measure(caller: Caller) {
  return {
    provider: caller.provider,
    way: caller.way,
    'request us': Math.round(await costUs(() => caller.whole(), calls.whole)),
    'streamed chunk us': Number(
      ((await costUs(() => caller.stream(), calls.stream)) / contentChunks).toFixed(1),
    ),
  };
}

const rows: Awaited<ReturnType<typeof measure>>[] = [];
for (const caller of callers) rows.push(await measure(caller));
console.table(rows.toSorted((one, other) => other.provider.localeCompare(one.provider)));

await pool.close();
server.disconnect();
