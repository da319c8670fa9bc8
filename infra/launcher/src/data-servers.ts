import { join } from 'node:path';
import type { DataServer, ServiceManifest } from '@weir/contracts/service-manifest';
import { type LocalServerOptions, startLocalServer } from '@weir/local-servers/local-server';
import { freePort } from '@weir/local-servers/port';
import { postgres } from '@weir/local-servers/postgres';
import { redis, redisUrlFor } from '@weir/local-servers/redis';
import { vectorDatabase } from '@weir/local-servers/vector-database';
import { provisionServiceRole } from '@weir/service-kit/database/provision-service-role';
import { keepPasswords } from './secrets.ts';
import { runServer, type ServerParts } from './servers.ts';

/** Resolves to the address that each of these services has at the server. */
type Start = (services: readonly string[], parts: ServerParts) => Promise<(service: string) => string>;

interface Server {
  readonly server: DataServer;
  /** What a service reads its address from. */
  readonly setting: string;
  /** With this one set, another server takes its place. */
  readonly instead?: string;
  readonly start: Start;
}

const servers: readonly Server[] = [
  // First, since nobody waits for it and it takes longest.
  { server: 'vectors', setting: 'VECTOR_DATABASE_URL', instead: 'QDRANT_URL', start: startVectors },
  { server: 'postgres', setting: 'DATABASE_URL', start: startPostgres },
  { server: 'redis', setting: 'REDIS_URL', start: startRedis },
];

/**
 * Starts the servers that a service needs by its manifest, but for those of which `variables` have the address already.
 * Resolves to what each service gets to reach them.
 */
export async function startDataServers(
  services: readonly ServiceManifest[],
  variables: NodeJS.ProcessEnv,
  parts: ServerParts,
): Promise<(service: string) => Record<string, string>> {
  const addresses: { setting: string; users: string[]; urlOf: (service: string) => string }[] = [];
  for (const { server, setting, instead, start } of servers) {
    const users = services.filter((manifest) => manifest.servers.includes(server)).map(({ name }) => name);
    const given = variables[setting];
    if (users.length === 0 || (instead !== undefined && variables[instead] !== undefined)) continue;
    addresses.push({ setting, users, urlOf: given === undefined ? await start(users, parts) : () => given });
  }
  return (service) =>
    Object.fromEntries(
      addresses
        .filter(({ users }) => users.includes(service))
        .map(({ setting, urlOf }) => [setting, urlOf(service)]),
    );
}

/** Each service is a user who may touch its own keys. */
async function startRedis(
  services: readonly string[],
  parts: ServerParts,
): Promise<(service: string) => string> {
  const passwords = await keepPasswords(join(parts.stateFolder, 'redis-passwords.json'), services);
  const port = await runServer('redis', parts, (options) => startLocalServer(redis(passwords), options));
  return (service) => redisUrlFor(service, passwords[service] ?? '', port);
}

/** Each service has a role and a schema of its own; the superuser's password is the launcher's alone. */
async function startPostgres(
  services: readonly string[],
  parts: ServerParts,
): Promise<(service: string) => string> {
  const file = join(parts.stateFolder, 'postgres-passwords.json');
  const { admin = '', ...passwords } = await keepPasswords(file, ['admin', ...services]);
  const kind = postgres({ password: admin });
  const port = await runServer('postgres', parts, (options) => startLocalServer(kind, options));
  const urls = new Map<string, string>();
  for (const service of services) {
    const password = passwords[service] ?? '';
    urls.set(service, await provisionServiceRole({ adminUrl: kind.url(port), service, password }));
  }
  return (service) => urls.get(service) ?? '';
}

/**
 * Nobody waits for it: it takes a second, and some at the very first start, and the cache does without it until it answers.
 * What keeps it from starting is said, and keeps Weir from nothing.
 */
async function startVectors(
  _services: readonly string[],
  parts: ServerParts,
): Promise<(service: string) => string> {
  const { admin = '' } = await keepPasswords(join(parts.stateFolder, 'vectors-passwords.json'), ['admin']);
  const kind = vectorDatabase(admin);
  const port = await freePort();
  const onLine = (line: string) => {
    parts.logLines.notice('vectors', 'warn', line);
  };
  const start = (options: LocalServerOptions) => startLocalServer(kind, { ...options, onLine });
  const started = runServer('vectors', parts, start, port);
  started.then(
    () => {
      parts.logLines.notice(
        'vectors',
        'info',
        'questions of the semantic cache are kept in pgvector, in a process of its own',
      );
    },
    (error: unknown) => {
      parts.logLines.notice(
        'vectors',
        'error',
        `the cache finds no similar questions without it: ${String(error)}`,
      );
    },
  );
  return () => kind.url(port);
}
