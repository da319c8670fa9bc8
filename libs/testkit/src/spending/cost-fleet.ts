import { createAdminClient, type AdminClient } from '@weir/admin-client/admin-client';
import { freePort } from '@weir/local-servers/port';
import { type Gateway, type GatewayOptions, startGateway, testAdminKey } from '../gateway.ts';
import { type FakeProvider, startFakeProvider } from '../providers/fake-provider.ts';
import type { ServiceProcess } from '../service-process.ts';

type Replicated = 'cost' | 'ingress' | 'router' | 'keys';

interface CostFleetOptions extends Partial<Pick<GatewayOptions, 'postgres' | 'redis'>> {
  /** How many of a service there are; one unless given. */
  readonly counts: Partial<Record<Replicated, number>>;
}

/** A gateway of several replicas that can be killed and are replaced. */
export interface CostFleet {
  readonly gateway: Gateway;
  readonly provider: FakeProvider;
  /** `http://127.0.0.1:<port>` of each ingress. */
  readonly urls: readonly [string, ...string[]];
  /** The admin API, asked through each ingress. */
  readonly admins: readonly [AdminClient, ...AdminClient[]];
  /** Ends one replica as a crash would, and starts another in its place. Resolves when that serves. */
  crash(service: Replicated, index?: number): Promise<void>;
  close(): Promise<void>;
}

/** Some thousand requests are lines that nobody reads. */
const quiet = { LOG_LEVEL: 'warn' };

export async function openCostFleet({ counts, ...servers }: CostFleetOptions): Promise<CostFleet> {
  const provider = await startFakeProvider({ maxRecorded: 100_000 });
  const ofRouter = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: provider.openaiBaseUrl, ...quiet };
  const gateway = await startGateway({
    ...{ router: ofRouter, ingress: quiet, cost: quiet, keys: quiet },
    ...servers,
  });
  const urls: [string, ...string[]] = [gateway.url];
  const settingsOf = (service: Replicated, index: number): Record<string, string> => {
    if (service === 'router') return ofRouter;
    return service === 'ingress' ? { ...quiet, WEIR_PORT: new URL(urls[index] ?? '').port } : quiet;
  };
  const running: Record<Replicated, ServiceProcess[]> = {
    cost: [gateway.cost],
    ingress: [gateway.ingress],
    router: [gateway.router],
    keys: [gateway.keys],
  };
  for (let count = 1; count < (counts.ingress ?? 1); count++)
    urls.push(`http://127.0.0.1:${await freePort()}`);
  const replicas = Object.entries(counts).flatMap(([service, count]) =>
    Array.from({ length: count - 1 }, (_, index) => [service as Replicated, index + 1] as const),
  );
  await Promise.all(
    replicas.map(async ([service, index]) => {
      running[service][index] = await gateway.startReplica(service, settingsOf(service, index));
    }),
  );
  return {
    gateway,
    provider,
    urls,
    admins: urls.map((baseUrl) => createAdminClient({ baseUrl, adminKey: testAdminKey })) as [AdminClient],
    crash: async (service, index = 0) => {
      await running[service][index]?.kill();
      running[service][index] = await gateway.startReplica(service, settingsOf(service, index));
    },
    close: async () => {
      await gateway.close();
      await provider.close();
    },
  };
}
