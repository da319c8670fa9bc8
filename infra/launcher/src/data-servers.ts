import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { DataServer, ServiceManifest } from '@weir/contracts/service-manifest';
import { startLocalServer } from '@weir/local-servers/local-server';
import { postgres } from '@weir/local-servers/postgres';
import { redis, redisUrlFor } from '@weir/local-servers/redis';
import { runCommand } from '@weir/local-servers/run-command';
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
  const adminUrl = kind.url(port);
  await provisionRoles(services, passwords, adminUrl);
  return (service) => {
    const url = new URL(adminUrl);
    [url.username, url.password] = [service, passwords[service] ?? ''];
    return url.href;
  };
}

/** By the program that operators use too. Its passwords are variables, since everybody can read a command line. */
async function provisionRoles(
  services: readonly string[],
  passwords: Readonly<Record<string, string>>,
  adminUrl: string,
): Promise<void> {
  const program = fileURLToPath(
    new URL('../../../libs/service-kit/src/database/provision.ts', import.meta.url),
  );
  const variables: NodeJS.ProcessEnv = { PATH: process.env['PATH'], WEIR_DATABASE_ADMIN_URL: adminUrl };
  for (const service of services)
    variables[`WEIR_DATABASE_${service.toUpperCase()}_PASSWORD`] = passwords[service];
  const { code, output } = await runCommand(execPath, [program, ...services], {
    env: variables,
  });
  if (code !== 0) throw new Error(`the services' roles at postgres could not be made:\n${output}`);
}
