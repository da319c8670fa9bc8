import { createAdminClient } from '@weir/admin-client/admin-client';
import { createKey } from '@weir/contracts/admin/virtual-keys';
import { testAdminKey } from '@weir/testkit/gateway';
import { cpuUs, residentMb } from '../process-usage.ts';
import type { Measure } from '../report.ts';
import type { Stack } from '../stack.ts';
import { median } from '../statistics.ts';
import { runLoad } from '../wrk.ts';

const rounds = 3;
const connections = 32;
const policies = ['off', 'report', 'balanced'] as const;
const forms = ['whole', 'streamed'] as const;
const services = ['ingress', 'guardrails', 'router'] as const;

type Cpu = Record<(typeof services)[number], number>;

/** 1 KB, with an email and a telephone number in it, which the provider says again. */
const content = `${'Khách hàng hỏi khi nào đơn hàng được giao và có thể đổi địa chỉ hay không. '.repeat(12)}Write to an.nguyen@example.vn or call 0912 345 678.`;

/**
 * The processor time that a request takes in each process, by what its key is bound to: `off`, which asks for no hop, `report` and
 * `balanced`.
 */
export async function measureGuardrailsPipeline(stack: Stack, seconds: number): Promise<Measure[]> {
  const keys = await keysBoundTo(stack);
  const restMb = residentMb(pidOf(stack, 'guardrails')) ?? NaN;
  const measures: Measure[] = [
    { name: 'memory.guardrails_rest_mb', value: restMb, unit: 'MB', better: 'lower', target: 150 },
  ];
  for (const form of forms) {
    const spent = new Map(policies.map((policy) => [policy, [] as Cpu[]]));
    for (const policy of policies) await cpuOfRequests(stack, { form, key: keys[policy], seconds: 2 });
    for (let round = 0; round < rounds; round++) {
      for (const policy of policies)
        spent.get(policy)?.push(await cpuOfRequests(stack, { form, key: keys[policy], seconds }));
    }
    const totals = policies.map((policy) => median((spent.get(policy) ?? []).map(totalOf)));
    for (const [index, policy] of policies.entries()) {
      const name = `guardrails.${policy}.${form}`;
      for (const service of services) {
        const value = median((spent.get(policy) ?? []).map((cpu) => cpu[service]));
        measures.push({ name: `${name}.${service}_us`, value, unit: 'us/req', better: 'lower' });
      }
      if (policy === 'off') continue;
      const [off = NaN] = totals;
      const against = `${off.toFixed(0)} us where no policy checks anything`;
      const value = (totals[index] ?? NaN) - off;
      measures.push({ name: `${name}.added_us`, value, unit: 'us/req', better: 'lower', against });
    }
  }
  return measures;
}

const pidOf = ({ gateway }: Stack, service: (typeof services)[number]) => gateway[service]?.pid ?? 0;

const totalOf = (cpu: Cpu) => services.reduce((sum, service) => sum + cpu[service], 0);

async function keysBoundTo({ gateway }: Stack): Promise<Record<(typeof policies)[number], string>> {
  const admin = createAdminClient({ baseUrl: gateway.url, adminKey: testAdminKey });
  const keyBoundTo = async (policy: string) =>
    (await admin.call(createKey, { name: policy, guardrail_policy: policy })).key;
  const [off, report, balanced] = await Promise.all(policies.map(keyBoundTo));
  return { off: off ?? '', report: report ?? '', balanced: balanced ?? '' };
}

interface Load {
  readonly form: (typeof forms)[number];
  readonly key: string;
  readonly seconds: number;
}

async function cpuOfRequests(stack: Stack, { form, key, seconds }: Load): Promise<Cpu> {
  const body = JSON.stringify({
    model: 'gpt-5-mini',
    stream: form === 'streamed',
    messages: [{ role: 'user', content }],
  });
  const now = () => services.map((service) => cpuUs(pidOf(stack, service)) ?? NaN);
  const before = now();
  const url = `${stack.gateway.url}/v1/chat/completions`;
  const { requestsPerSecond, errors } = await runLoad({ url, body, connections, seconds, key });
  if (errors > 0) throw new Error(`${errors} requests failed: the figures mean nothing`);
  const [ingress = NaN, guardrails = NaN, router = NaN] = now().map(
    (us, index) => (us - (before[index] ?? NaN)) / (requestsPerSecond * seconds),
  );
  return { ingress, guardrails, router };
}
