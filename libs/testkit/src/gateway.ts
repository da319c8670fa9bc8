import { freePort } from '@weir/local-servers/port';
import { startNats, type NatsTestServer } from './servers/nats.ts';
import { startService, type ServiceProcess } from './service-process.ts';

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
}

/** The whole gateway as its own processes on a nats-server with production's users and permissions. */
export async function startGateway({
  router: routerSettings,
  ingress: ingressSettings,
}: GatewayOptions): Promise<Gateway> {
  const [nats, port] = await Promise.all([startNats({ config: 'weir' }), freePort()]);
  const [router, ingress] = await Promise.all([
    startService('router', { NATS_URL: nats.urlFor('router'), LOG_LEVEL: 'info', ...routerSettings }),
    startService('ingress', {
      NATS_URL: nats.urlFor('ingress'),
      WEIR_PORT: String(port),
      LOG_LEVEL: 'info',
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
