import type { Measure } from '../report.ts';
import type { Stack } from '../stack.ts';
import { median } from '../statistics.ts';
import { runLoad } from '../wrk.ts';
import { smallRequest } from './throughput.ts';

const rounds = 3;

/** What the gateway adds to a request on one connection, beside the provider asked directly. */
export async function measureLatency(stack: Stack, seconds: number): Promise<Measure[]> {
  const { gateway, provider, bareProxy } = stack;
  const load = (url: string) =>
    runLoad({ url: `${url}/v1/chat/completions`, body: smallRequest, connections: 1, seconds });
  await load(gateway.url);
  const p50: number[] = [];
  const p99: number[] = [];
  const bareP99: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const direct = await load(provider.url);
    const bare = await load(bareProxy.url);
    const through = await load(gateway.url);
    p50.push(through.p50Ms - direct.p50Ms);
    p99.push(through.p99Ms - direct.p99Ms);
    bareP99.push(bare.p99Ms - direct.p99Ms);
  }
  const against = 'the provider asked directly';
  const againstBare = `${against}; a bare proxy adds ${median(bareP99).toFixed(2)} ms`;
  return [
    { name: 'added.p50_ms', value: median(p50), unit: 'ms', better: 'lower', target: 1.5, against },
    {
      name: 'added.p99_ms',
      value: median(p99),
      unit: 'ms',
      better: 'lower',
      target: 5,
      against: againstBare,
    },
  ];
}
