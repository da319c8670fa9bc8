import { freePort } from '@weir/local-servers/port';
import { nats } from '@weir/local-servers/nats';
import { natsUrlFor, newNatsPasswords } from '@weir/local-servers/nats-users';
import { natsUsersOf, services } from '@weir/services/services';
import { startAsProcess } from './process.ts';
import type { NatsTestServer } from './nats.ts';

export interface NatsTestCluster {
  /** In the order of the addresses in `url`. Each is a process with a `pid`, which a test may stop and continue. */
  readonly nodes: readonly NatsTestServer[];
  /** All nodes' addresses, separated by commas. */
  readonly url: string;
  /** The same as that user: a service, `operator` or `observer`. */
  urlFor(user: string): string;
  close(): Promise<void>;
}

interface NatsClusterOptions {
  readonly size?: number;
  /** See `startNats`. */
  readonly config: 'open' | 'weir';
  /** The nats-server to run; the machine's own unless given. */
  readonly serverFile?: string;
}

/** Starts a cluster of nats-servers with JetStream, each as a process of its own. JetStream may take seconds more to have a leader. */
export async function startNatsCluster({
  size = 3,
  config,
  serverFile,
}: NatsClusterOptions): Promise<NatsTestCluster> {
  const passwords = config === 'weir' ? newNatsPasswords(natsUsersOf(services)) : undefined;
  const routePorts = await Promise.all(Array.from({ length: size }, () => freePort()));
  const routes = routePorts.map((port) => `nats://127.0.0.1:${port}`);
  const kind = nats(passwords);
  const servers = await Promise.all(
    routes.map((listen, index) =>
      startAsProcess({
        ...kind,
        ...(serverFile !== undefined && { program: { command: 'nats-server', file: serverFile } }),
        arguments: (place) => [
          ...kind.arguments(place),
          ...['--name', `node-${index}`, '--cluster_name', 'weir', '--cluster', listen],
          ...['--routes', routes.join(',')],
        ],
      }),
    ),
  );
  const urlOf = (user: string, port: number) =>
    passwords ? natsUrlFor(user, passwords, port) : kind.url(port);
  // Not a copy, whose pid would be that of before a restart.
  const nodes = servers.map((server): NatsTestServer =>
    Object.assign(server, { urlFor: (user: string) => urlOf(user, server.port) }),
  );
  const urlFor = (user: string) => servers.map(({ port }) => urlOf(user, port)).join(',');
  return {
    nodes,
    url: servers.map(({ url }) => url).join(','),
    urlFor,
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
