import { cpuUs, residentMb } from '../process-usage.ts';
import type { Measure } from '../report.ts';
import type { Stack } from '../stack.ts';
import { median } from '../statistics.ts';
import { runLoad, type LoadResult } from '../wrk.ts';

const rounds = 3;
const connections = 64;

export const smallRequest = JSON.stringify({
  model: 'gpt-5-mini',
  messages: [{ role: 'user', content: 'Say hello to the benchmark, in a sentence of some words.' }],
});

/** Requests a second through the gateway and through a bare proxy, in turn, and the processor time each part takes. */
export async function measureThroughput(
  { gateway, bareProxy, provider }: Stack,
  seconds: number,
): Promise<Measure[]> {
  const processes = {
    ingress: gateway.ingress.pid,
    router: gateway.router.pid,
    bare: bareProxy.pid,
    provider: provider.pid,
  };
  const load = (url: string) =>
    runLoad({ url: `${url}/v1/chat/completions`, body: smallRequest, connections, seconds });
  const rest = { ingress: residentMb(processes.ingress), router: residentMb(processes.router) };
  for (const url of [gateway.url, bareProxy.url]) await load(url);

  const through: LoadResult[] = [];
  const bare: LoadResult[] = [];
  const cpu = { ingress: 0, router: 0, requests: 0 };
  for (let round = 0; round < rounds; round++) {
    bare.push(await load(bareProxy.url));
    const before = { ingress: cpuUs(processes.ingress) ?? NaN, router: cpuUs(processes.router) ?? NaN };
    const result = await load(gateway.url);
    through.push(result);
    cpu.ingress += (cpuUs(processes.ingress) ?? NaN) - before.ingress;
    cpu.router += (cpuUs(processes.router) ?? NaN) - before.router;
    cpu.requests += result.requestsPerSecond * seconds;
  }
  const errors = [...through, ...bare].reduce((sum, result) => sum + result.errors, 0);
  if (errors > 0) throw new Error(`${errors} requests failed: the figures mean nothing`);

  const rps = median(through.map(({ requestsPerSecond }) => requestsPerSecond));
  const ratios = through.map(
    ({ requestsPerSecond }, i) => requestsPerSecond / (bare[i]?.requestsPerSecond ?? NaN),
  );
  const bareRps = median(bare.map(({ requestsPerSecond }) => requestsPerSecond));
  const against = `bare Fastify + undici: ${bareRps.toFixed(0)} req/s`;
  return [
    { name: 'throughput.pipeline.rps', value: rps, unit: 'req/s', better: 'higher', against },
    {
      name: 'throughput.pipeline.vs_bare',
      value: median(ratios),
      unit: 'ratio',
      better: 'higher',
      target: 0.65,
      against,
    },
    { name: 'cpu.ingress_us', value: cpu.ingress / cpu.requests, unit: 'us/req', better: 'lower' },
    { name: 'cpu.router_us', value: cpu.router / cpu.requests, unit: 'us/req', better: 'lower' },
    { name: 'memory.ingress_rest_mb', value: rest.ingress ?? NaN, unit: 'MB', better: 'lower', target: 150 },
    { name: 'memory.router_rest_mb', value: rest.router ?? NaN, unit: 'MB', better: 'lower', target: 150 },
  ];
}
