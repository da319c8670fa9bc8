import {
  connect,
  type ConnectionOptions,
  type NatsConnection,
  type Status,
  type TlsOptions,
} from '@nats-io/transport-node';
import type { ConnectionOptions as TlsConnectOptions } from 'node:tls';
import type { Logger } from '../../logger.ts';
import { limitHeaders } from './header-limits.ts';
import { caReader, credentialsAuthenticator, type NatsFiles } from './nats-files.ts';
import type { ServerChoice } from './server-choice.ts';
import { checkNatsIdentity } from './server-identity.ts';

export interface NatsSettings extends NatsFiles {
  /** One or more `nats://[user:password@]host:port`, separated by commas; `tls://` where they must speak TLS. The user of the first is that of all. */
  url: string;
}

export interface NatsConnectionOptions extends NatsSettings {
  /** Shown in NATS's own monitoring. */
  name: string;
  inboxPrefix: string;
  servers: ServerChoice;
  logger: Logger;
}

/** A server that hangs is noticed when two pings are unanswered and a third is due: after two to three seconds. */
const pings = { pingInterval: 1_000, maxPingOut: 2 } as const;

/** How long a server may take to let a connection in, before another is tried. */
const dialTimeoutMs = 2_000;

const oldestServer = '2.9.10';

/** What every connection of Weir's has in common. Throws a ConfigError where a file that the settings name cannot be used. */
export function natsOptions(options: Omit<NatsConnectionOptions, 'servers' | 'logger'>): ConnectionOptions {
  const { url, credentialsFile, caFile, name, inboxPrefix } = options;
  limitHeaders();
  const servers = url.split(',').map((server) => new URL(server.trim()));
  const { username, password } = servers[0] ?? {};
  const demandsTls = servers.some(({ protocol }) => protocol === 'tls:');
  return {
    servers: servers.map((server) => server.host),
    name,
    inboxPrefix,
    // Stack traces for every request double a requester's cost.
    noAsyncTraces: true,
    ...(username && { user: decodeURIComponent(username), pass: decodeURIComponent(password ?? '') }),
    ...(credentialsFile && { authenticator: credentialsAuthenticator(credentialsFile) }),
    // With this the client sends nothing to a server that does not speak TLS.
    ...((caFile !== undefined || demandsTls) && { tls: tlsOptions(caFile) }),
  };
}

/** The client reads it for each connection that it makes, and hands to node what it does not know itself. */
function tlsOptions(caFile: string | undefined): TlsOptions & Pick<TlsConnectOptions, 'checkServerIdentity'> {
  const identity = { checkServerIdentity: checkNatsIdentity };
  if (caFile === undefined) return identity;
  const readCa = caReader(caFile);
  return {
    ...identity,
    get ca() {
      return readCa().toString();
    },
  };
}

/** Connects, however long that takes: services and servers may start in any order. */
export async function connectToNats({
  logger,
  servers: choice,
  ...options
}: NatsConnectionOptions): Promise<NatsConnection> {
  const connection = await connect({
    ...natsOptions(options),
    ...pings,
    timeout: dialTimeoutMs,
    reconnectToServer: (servers) => choice.next(servers),
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    reconnectJitter: 100,
    // A password that was changed on one side first is tried again, and not given up after the second refusal.
    ignoreAuthErrorAbort: true,
  });
  const version = connection.info?.version ?? '0';
  if (isOlder(version, oldestServer)) {
    await connection.close();
    throw new Error(`nats-server ${version} is too old: Weir needs ${oldestServer} or newer`);
  }
  logger.debug({ server: connection.getServer(), version }, 'connected to NATS');
  return connection;
}

/** Whether the server at `host:port` lets this process in. */
export async function canReach(
  server: string,
  options: Omit<NatsConnectionOptions, 'servers' | 'logger'>,
): Promise<boolean> {
  try {
    const once = { timeout: dialTimeoutMs, reconnect: false };
    const connection = await connect({ ...natsOptions(options), ...once, servers: [server] });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

/** Calls `onStatus` for every change of the connection, until it closes. */
export async function watchConnection(
  connection: NatsConnection,
  onStatus: (status: Status) => void,
): Promise<void> {
  for await (const status of connection.status()) onStatus(status);
}

function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}
