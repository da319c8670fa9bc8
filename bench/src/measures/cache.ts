import { createAdminClient } from '@weir/admin-client/admin-client';
import { createKey } from '@weir/contracts/admin/virtual-keys';
import { testAdminKey } from '@weir/testkit/gateway';
import { cpuUs } from '../process-usage.ts';
import type { Measure } from '../report.ts';
import type { Stack } from '../stack.ts';
import { median } from '../statistics.ts';
import { type LoadResult, runLoad } from '../wrk.ts';
import { measureSemanticHits } from './semantic-hits.ts';

const rounds = 3;
const connections = 8;
const services = ['ingress', 'cache', 'router'] as const;

type Cpu = Record<(typeof services)[number], number>;

const question = 'Khách hàng hỏi khi nào đơn hàng được giao và có thể đổi địa chỉ hay không. '.repeat(12);
const bodyOf = (content: string) =>
  JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content }] });

/** What becomes of the requests: nobody is asked; one that nobody has asked before; the same one again and again. */
const cases = {
  off: { mode: 'off', body: bodyOf(question) },
  miss: { mode: 'exact', body: bodyOf(`{n} ${question}`) },
  hit: { mode: 'exact', body: bodyOf(question) },
} as const;

type Case = keyof typeof cases;

/** How long a request takes that the cache answers, and the processor time that it adds to others in each process. */
export async function measureCache(stack: Stack, seconds: number): Promise<Measure[]> {
  const admin = createAdminClient({ baseUrl: stack.gateway.url, adminKey: testAdminKey });
  const keyWith = async (cache: 'off' | 'exact' | 'semantic') =>
    (await admin.call(createKey, { name: `cache ${cache}`, guardrail_policy: 'off', cache })).key;
  const keys = { off: await keyWith('off'), exact: await keyWith('exact') };
  const load = (which: Case, { atOnce = connections, forSeconds = seconds } = {}) => {
    const { mode, body } = cases[which];
    const url = `${stack.gateway.url}/v1/chat/completions`;
    return runLoad({ url, body, key: keys[mode], connections: atOnce, seconds: forSeconds });
  };
  for (const which of Object.keys(cases) as Case[]) await load(which, { forSeconds: 2 });

  const latencies: LoadResult[] = [];
  for (let round = 0; round < rounds; round++) latencies.push(await load('hit', { atOnce: 1 }));
  const p50Ms = median(latencies.map((result) => result.p50Ms));
  const measures: Measure[] = [
    { name: 'cache.exact.p50_ms', value: p50Ms, unit: 'ms', better: 'lower', target: 2 },
  ];

  const spent: Record<Case, Cpu[]> = { off: [], miss: [], hit: [] };
  for (let round = 0; round < rounds; round++) {
    for (const which of Object.keys(cases) as Case[])
      spent[which].push(await cpuOf(stack, seconds, () => load(which)));
  }
  const off = median(spent.off.map(totalOf));
  for (const which of Object.keys(cases) as Case[]) {
    for (const service of services) {
      const value = median(spent[which].map((cpu) => cpu[service]));
      measures.push({ name: `cache.${which}.${service}_us`, value, unit: 'us/req', better: 'lower' });
    }
    if (which === 'off') continue;
    const against = `${off.toFixed(0)} us where the cache is off`;
    const value = median(spent[which].map(totalOf)) - off;
    measures.push({ name: `cache.${which}.added_us`, value, unit: 'us/req', better: 'lower', against });
  }
  return [...measures, ...(await measureSemanticHits(stack, await keyWith('semantic')))];
}

const totalOf = (cpu: Cpu) => services.reduce((sum, service) => sum + cpu[service], 0);

async function cpuOf({ gateway }: Stack, seconds: number, load: () => Promise<LoadResult>): Promise<Cpu> {
  const now = () => services.map((service) => cpuUs(gateway[service]?.pid ?? 0) ?? NaN);
  const before = now();
  const { requestsPerSecond, errors } = await load();
  if (errors > 0) throw new Error(`${errors} requests failed: the figures mean nothing`);
  const [ingress = NaN, cache = NaN, router = NaN] = now().map(
    (us, index) => (us - (before[index] ?? NaN)) / (requestsPerSecond * seconds),
  );
  return { ingress, cache, router };
}
