import { freePort } from '@weir/local-servers/port';
import { startNats, type NatsTestServer } from './servers/nats.ts';
import { startService, type ServiceProcess } from './service-process.ts';

/** What the gateways of tests have, unless a test gives another. */
export const testMasterKey = 'dGVzdC1tYXN0ZXIta2V5LW9mLXRoaXJ0eS10d28tYiE';
export const testAdminKey = 'weir-admin-of-the-tests';

export interface Gateway {
  /** `http://127.0.0.1:<port>` of the ingress. */
  readonly url: string;
  /** What an OpenAI client takes as its base URL. */
  readonly baseUrl: string;
  readonly nats: NatsTestServer;
  readonly ingress: ServiceProcess;
  readonly router: ServiceProcess;
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** Providers and other settings of the router. */
  router: Record<string, string>;
  ingress?: Record<string, string>;
  /** `open` lets a test hear every message; `weir`, the default, has the users and permissions of production. */
  nats?: 'open' | 'weir';
}

/** The whole gateway as its own processes on a nats-server. */
export async function startGateway({
  router: routerSettings,
  ingress: ingressSettings,
  nats: config = 'weir',
}: GatewayOptions): Promise<Gateway> {
  const [nats, port] = await Promise.all([startNats({ config }), freePort()]);
  const [router, ingress] = await Promise.all([
    startService('router', {
      NATS_URL: nats.urlFor('router'),
      LOG_LEVEL: 'info',
      WEIR_MASTER_KEYS: testMasterKey,
      ...routerSettings,
    }),
    startService('ingress', {
      NATS_URL: nats.urlFor('ingress'),
      WEIR_PORT: String(port),
      LOG_LEVEL: 'info',
      WEIR_ADMIN_KEY: testAdminKey,
      ...ingressSettings,
    }),
  ]);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    baseUrl: `${url}/v1`,
    nats,
    ingress,
    router,
    close: async () => {
      await ingress.stop();
      await router.stop();
      await nats.close();
    },
  };
}
