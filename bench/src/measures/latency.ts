import type { Measure } from '../report.ts';
import type { Stack } from '../stack.ts';
import { median } from '../statistics.ts';
import { runLoad } from '../wrk.ts';
import { smallRequest } from './throughput.ts';

const rounds = 3;

/** What the gateway adds to a request on one connection, beside the provider asked directly. */
export async function measureLatency({ gateway, provider }: Stack, seconds: number): Promise<Measure[]> {
  const load = (url: string) =>
    runLoad({ url: `${url}/v1/chat/completions`, body: smallRequest, connections: 1, seconds });
  await load(gateway.url);
  const added: { p50Ms: number; p99Ms: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const direct = await load(provider.url);
    const through = await load(gateway.url);
    added.push({ p50Ms: through.p50Ms - direct.p50Ms, p99Ms: through.p99Ms - direct.p99Ms });
  }
  const against = 'the provider asked directly';
  return [
    {
      name: 'added.p50_ms',
      value: median(added.map(({ p50Ms }) => p50Ms)),
      unit: 'ms',
      better: 'lower',
      target: 1.5,
      against,
    },
    {
      name: 'added.p99_ms',
      value: median(added.map(({ p99Ms }) => p99Ms)),
      unit: 'ms',
      better: 'lower',
      target: 5,
      against,
    },
  ];
}
