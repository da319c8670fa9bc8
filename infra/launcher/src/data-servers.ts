import { join } from 'node:path';
import type { DataServer, ServiceManifest } from '@weir/contracts/service-manifest';
import { startLocalServer } from '@weir/local-servers/local-server';
import { postgres } from '@weir/local-servers/postgres';
import { redis, redisUrlFor } from '@weir/local-servers/redis';
import { provisionServiceRole } from '@weir/service-kit/database/provision-service-role';
import { keepPasswords } from './secrets.ts';
import { runServer, type ServerParts } from './servers.ts';

/** Resolves to the address that each of these services has at the server. */
type Start = (services: readonly string[], parts: ServerParts) => Promise<(service: string) => string>;

const servers: readonly { server: DataServer; setting: string; start: Start }[] = [
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
  for (const { server, setting, start } of servers) {
    const users = services.filter((manifest) => manifest.servers.includes(server)).map(({ name }) => name);
    const given = variables[setting];
    if (users.length === 0) continue;
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
