import { nats } from '@weir/local-servers/nats';
import { type NatsUser, natsUrlFor, newNatsPasswords } from '@weir/local-servers/nats-users';
import { startTestServer } from './start-test-server.ts';
import type { TestServer } from './test-server.ts';

export interface NatsTestServer extends TestServer {
  /** The server's address as that user. */
  urlFor(user: NatsUser): string;
}

/**
 * Starts a nats-server with JetStream: `weir` has the users and permissions of production, so `url` alone does not get
 * in; `open` has Weir's limits and lets everybody do everything.
 */
export async function startNats({ config }: { config: 'open' | 'weir' }): Promise<NatsTestServer> {
  const passwords = config === 'weir' ? newNatsPasswords() : undefined;
  const server = await startTestServer(nats(passwords));
  return {
    ...server,
    urlFor: (user) => (passwords ? natsUrlFor(user, passwords, server.port) : server.url),
  };
}
