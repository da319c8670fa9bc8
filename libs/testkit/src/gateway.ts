import type { ServiceManifest } from '@weir/contracts/service-manifest';
import { freePort } from '@weir/local-servers/port';
import { services, type ServiceName } from '@weir/services/services';
import { startNats, type NatsTestServer } from './servers/nats.ts';
import { createTestDatabase } from './servers/test-database.ts';
import { createTestRedis } from './servers/test-redis.ts';
import type { TestServer } from './servers/test-server.ts';
import { startService, type ServiceProcess } from './service-process.ts';

/** What the gateways of tests have, unless a test gives another. */
export const testMasterKey = 'dGVzdC1tYXN0ZXIta2V5LW9mLXRoaXJ0eS10d28tYiE';
export const testAdminKey = 'weir-admin-of-the-tests';
/** The first virtual key: it may do everything. */
export const testKey = 'sk-weir-tests000-VGhlIGZpcnN0IHZpcnR1YWwga2V5IG9mIHRoZSB0ZXN';

type Settings = Readonly<Record<string, string>>;

/** They start where a test has settings for them: requests pass without them. */
const optional = ['guardrails', 'cache'] as const satisfies readonly ServiceName[];

type OptionalService = (typeof optional)[number];

/** A process of each service, by its name, and what they share. */
export interface Gateway
  extends
    Readonly<Record<Exclude<ServiceName, OptionalService>, ServiceProcess>>,
    Readonly<Record<OptionalService, ServiceProcess | undefined>> {
  /** `http://127.0.0.1:<port>` of the ingress. */
  readonly url: string;
  /** What an OpenAI client takes as its base URL. */
  readonly baseUrl: string;
  readonly nats: NatsTestServer;
  /** The database of all services that have one, each of which has a schema there. The address is its owner's. */
  readonly databaseUrl: string;
  /** A Postgres of its own, which a test may kill, where `GatewayOptions` say so. */
  readonly postgres: TestServer | undefined;
  /** The same of Redis. */
  readonly redis: TestServer | undefined;
  /** Starts one more process of a service, which ends with the gateway. */
  startReplica(service: ServiceName, settings: Settings): Promise<ServiceProcess>;
  /** Every line that a process of it has logged. */
  log(): string[];
  close(): Promise<void>;
}

/** Settings of single services, by their names. */
export interface GatewayOptions extends Partial<Readonly<Record<ServiceName, Settings>>> {
  /** Providers and other settings of the router. */
  router: Settings;
  /** `open` lets a test hear every message; `weir`, the default, has the users and permissions of production. A server that a test has started ends with the gateway. */
  nats?: 'open' | 'weir' | NatsTestServer;
  /** `shared`, the default, is a database on the Postgres of all test files. */
  postgres?: 'own' | 'shared';
  /** `shared`, the default, is a database on the Redis of all test files. */
  redis?: 'own' | 'shared';
}

/** The whole gateway as its own processes on a nats-server. */
export async function startGateway({
  nats: natsServer = 'weir',
  postgres = 'shared',
  redis: redisServer = 'shared',
  ...settings
}: GatewayOptions): Promise<Gateway> {
  const [nats, redis, database, port] = await Promise.all([
    typeof natsServer === 'string' ? startNats({ config: natsServer }) : natsServer,
    createTestRedis({ ownServer: redisServer === 'own' }),
    createTestDatabase({ ownServer: postgres === 'own' }),
    freePort(),
  ]);
  const defaults: Settings = {
    LOG_LEVEL: 'info',
    WEIR_PORT: String(port),
    WEIR_MASTER_KEYS: testMasterKey,
    WEIR_ADMIN_KEY: testAdminKey,
    WEIR_FIRST_KEY: testKey,
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
  };
  const processes: ServiceProcess[] = [];
  const start = async (manifest: ServiceManifest, given: Settings = {}) => {
    const { name } = manifest;
    const common = settingsFor(manifest, defaults);
    const service = await startService(name, { NATS_URL: nats.urlFor(name), ...common, ...given });
    processes.push(service);
    return service;
  };
  // Side by side, since none serves before those that it asks are there.
  const isOptional = (name: string) => optional.some((one) => one === name);
  const started = services.filter(({ name }) => !isOptional(name) || settings[name as ServiceName]);
  const named = await Promise.all(
    started.map(async (manifest) => [
      manifest.name,
      await start(manifest, settings[manifest.name as ServiceName]),
    ]),
  );
  const url = `http://127.0.0.1:${port}`;
  return {
    ...(Object.fromEntries(named) as Pick<Gateway, ServiceName>),
    url,
    baseUrl: `${url}/v1`,
    nats,
    databaseUrl: database.url,
    postgres: database.server,
    redis: redis.server,
    startReplica: (service, given) => start(manifestOf(service), given),
    log: () => processes.flatMap((service) => service.log),
    close: async () => {
      for (const { name } of services.toReversed()) {
        await Promise.all(
          processes.filter((service) => service.name === name).map((service) => service.stop()),
        );
      }
      await Promise.all([nats.close(), redis.close(), database.close()]);
    },
  };
}

/** Of these settings, those that the service reads. */
function settingsFor({ settings }: ServiceManifest, given: Settings): Settings {
  const names = new Set(['LOG_LEVEL', ...settings.map(({ name }) => name)]);
  return Object.fromEntries(Object.entries(given).filter(([name]) => names.has(name)));
}

function manifestOf(service: ServiceName): ServiceManifest {
  const manifest = services.find(({ name }) => name === service);
  if (!manifest) throw new Error(`${service} is no service`);
  return manifest;
}
