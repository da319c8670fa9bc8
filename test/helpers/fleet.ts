import { freePort } from '@weir/local-servers/port';
import { startGateway, type Gateway } from '@weir/testkit/gateway';

interface FleetOptions {
  /** The settings of each router. */
  readonly routers: readonly [Record<string, string>, ...Record<string, string>[]];
  readonly nats?: 'open' | 'weir';
}

/** The gateway with several routers, which share its requests. */
export interface Fleet extends Pick<Gateway, 'url' | 'baseUrl' | 'nats' | 'log' | 'close'> {
  /** The metrics of each router, as Prometheus reads them. */
  metrics(): Promise<string[]>;
}

export async function openFleet({ routers: [first, ...others], nats: config }: FleetOptions): Promise<Fleet> {
  const ports = await Promise.all([first, ...others].map(() => freePort()));
  const opsOf = (index: number) => ({ WEIR_OPS_PORT: String(ports[index]) });
  const gateway = await startGateway({
    router: { ...first, ...opsOf(0) },
    ...(config && { nats: config }),
  });
  await Promise.all(
    others.map((settings, index) => gateway.startReplica('router', { ...settings, ...opsOf(index + 1) })),
  );
  return {
    ...gateway,
    metrics: () =>
      Promise.all(ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text())),
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
