import { freePort } from '@weir/local-servers/port';
import { startGateway, testMasterKey, type Gateway } from '@weir/testkit/gateway';
import { startService } from '@weir/testkit/service-process';

interface FleetOptions {
  /** The settings of each router. */
  readonly routers: readonly [Record<string, string>, ...Record<string, string>[]];
  readonly nats?: 'open' | 'weir';
}

/** The gateway with several routers, which share its requests. */
export interface Fleet extends Pick<Gateway, 'url' | 'baseUrl' | 'nats'> {
  /** The metrics of each router, as Prometheus reads them. */
  metrics(): Promise<string[]>;
  /** Every line that a part of it has logged. */
  log(): string[];
  close(): Promise<void>;
}

export async function openFleet({ routers: [first, ...others], nats: config }: FleetOptions): Promise<Fleet> {
  const ports = await Promise.all([first, ...others].map(() => freePort()));
  const opsOf = (index: number) => ({ WEIR_OPS_PORT: String(ports[index]) });
  const gateway = await startGateway({
    router: { ...first, ...opsOf(0) },
    ...(config && { nats: config }),
  });
  const { url, baseUrl, nats } = gateway;
  const more = await Promise.all(
    others.map((settings, index) =>
      startService('router', {
        NATS_URL: nats.urlFor('router'),
        WEIR_MASTER_KEYS: testMasterKey,
        ...settings,
        ...opsOf(index + 1),
      }),
    ),
  );
  return {
    url,
    baseUrl,
    nats,
    metrics: () =>
      Promise.all(ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text())),
    log: () => [gateway.ingress, gateway.router, ...more].flatMap((service) => service.log),
    close: async () => {
      await Promise.all(more.map((router) => router.stop()));
      await gateway.close();
    },
  };
}

/** The sum of a metric's series that have these labels. */
export function sumOf(metrics: string, name: string, labels: Record<string, string> = {}): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
