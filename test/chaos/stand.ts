import { freePort } from '@weir/local-servers/port';
import type { ServiceName } from '@weir/services/services';
import { startGateway, type Gateway } from '@weir/testkit/gateway';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import type { ServiceProcess } from '@weir/testkit/service-process';
import { adminOf } from '../helpers/admin.ts';
import { settingsFor } from '../helpers/gateway-fixture.ts';
import { startOneNats, type ChaosNats } from './chaos-nats.ts';
import { letAllRun } from './processes.ts';
import { Targets } from './targets.ts';

type Settings = Readonly<Record<string, string>>;

export interface StandOptions {
  /** The settings of each process of a service: two routers, two ingresses and one of keys and cost unless given. */
  readonly replicas?: Partial<Readonly<Record<ServiceName, readonly Settings[]>>>;
  readonly startNats?: () => Promise<ChaosNats>;
  /** Settings of all processes. */
  readonly everywhere?: Settings;
  /** Those that a row stops. The others belong to the whole run. */
  readonly ownServer?: 'redis' | 'postgres';
}

const defaults = { router: [{}, {}], ingress: [{}, {}], keys: [{}], cost: [{}] };

/** A gateway with replicas, one provider that speaks all protocols, and all that rows do harm to. */
export class Stand {
  readonly gateway: Gateway;
  readonly provider: FakeProvider;
  readonly targets: Targets;
  /** The nats-server as the row has started it. */
  readonly nats: ChaosNats;
  readonly #processes: ReadonlyMap<string, readonly ServiceProcess[]>;

  private constructor(
    gateway: Gateway,
    provider: FakeProvider,
    targets: Targets,
    processes: ReadonlyMap<string, readonly ServiceProcess[]>,
    nats: ChaosNats,
  ) {
    this.gateway = gateway;
    this.provider = provider;
    this.targets = targets;
    this.nats = nats;
    this.#processes = processes;
  }

  static async start({ replicas, startNats = startOneNats, ownServer, everywhere }: StandOptions = {}) {
    const provider = await startFakeProvider({ maxRecorded: 1_000_000 });
    const nats = await startNats();
    const settingsOf = (service: string, settings: Settings = {}): Settings => ({
      LOG_LEVEL: 'warn',
      ...everywhere,
      ...(service === 'router' && settingsFor(provider)),
      ...settings,
    });
    const all = Object.entries({ ...defaults, ...replicas });
    const first = all.map(([service, [settings]]) => [service, settingsOf(service, settings)] as const);
    const gateway = await startGateway({
      ...(Object.fromEntries(first) as { router: Settings }),
      nats,
      ...(ownServer && { [ownServer]: 'own' }),
    });
    const urls = [gateway.url];
    const processes = await Promise.all(
      all.map(async ([name, [, ...others]]) => {
        const service = name as ServiceName;
        const replicas = others.map(async (settings) => {
          const port = await freePort();
          if (service === 'ingress') urls.push(`http://127.0.0.1:${port}`);
          const own = service === 'ingress' ? { WEIR_PORT: String(port) } : {};
          return gateway.startReplica(service, { ...settingsOf(service, settings), ...own });
        });
        const one = gateway[service];
        return [service, [...(one ? [one] : []), ...(await Promise.all(replicas))]] as const;
      }),
    );
    return new Stand(gateway, provider, new Targets(urls), new Map(processes), nats);
  }

  get admin() {
    return adminOf(this.gateway.url);
  }

  /** The processes of a service, in the order of their settings. */
  of(service: ServiceName): readonly ServiceProcess[] {
    return this.#processes.get(service) ?? [];
  }

  one(service: ServiceName, index = 0): ServiceProcess {
    const process = this.of(service)[index];
    if (!process) throw new Error(`the stand has no ${service} number ${index}`);
    return process;
  }

  async close(): Promise<void> {
    letAllRun();
    this.targets.close();
    // As crashes: what was done to them may keep them from ending in good order.
    const all = [...this.#processes.values()].flat();
    await Promise.all(all.map((service) => service.kill()));
    await this.gateway.close();
    await this.provider.close();
  }
}
