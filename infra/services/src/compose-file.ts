import type { DataServer, ServiceManifest } from '@weir/contracts/service-manifest';
import { settingsOf, type Setting } from '@weir/contracts/settings';
import { passwordVariable } from '@weir/local-servers/nats-users';
import { redisDurability, redisRights } from '@weir/local-servers/redis';
import { kitConfigSchema } from '@weir/service-kit/kit-config';
import { natsUsersOf, servicesAskedBy } from './services.ts';

/** What the image or this file says itself, and files that no container has. */
const fixed =
  /^(NATS_.*|WEIR_OPS_.*|WEIR_HOST|WEIR_PORT|.*_FILE|DATABASE_URL|VECTOR_DATABASE_URL|REDIS_URL)$/;

/** Settings without which a service cannot start, and what to do where one is not set. */
const required: Readonly<Record<string, string>> = {
  WEIR_MASTER_KEYS: 'make one as weir.env.example says, and set it in weir.env',
};

/**
 * How a service reaches a server of the compose file: the password in weir.env, and the container's setting that is made of it.
 * It has a role in Postgres and is a user in Redis.
 */
const servers = {
  postgres: {
    variable: databasePasswordVariable,
    setting: (service: string) =>
      `DATABASE_URL: postgresql://${service}:\${${databasePasswordVariable(service)}}@postgres:5432/weir`,
  },
  // Its image has pgvector; QDRANT_URL in weir.env takes its place.
  vectors: {
    variable: databasePasswordVariable,
    setting: (service: string) =>
      `VECTOR_DATABASE_URL: postgresql://${service}:\${${databasePasswordVariable(service)}}@postgres:5432/weir`,
  },
  redis: {
    variable: redisPasswordVariable,
    setting: (service: string) =>
      `REDIS_URL: redis://${service}:\${${redisPasswordVariable(service)}}@redis:6379`,
  },
};

/** As `provision.ts` reads it. */
function databasePasswordVariable(service: string): string {
  return `WEIR_DATABASE_${service.toUpperCase()}_PASSWORD`;
}

function redisPasswordVariable(service: string): string {
  return `WEIR_REDIS_${service.toUpperCase()}_PASSWORD`;
}

/** The variables in weir.env that a service's servers take. */
export function serverVariables({ name, servers: needed }: ServiceManifest): string[] {
  return [...new Set(needed.map((server) => servers[server].variable(name)))];
}

/** The container that makes the services' roles at Postgres and ends: a part of docker-compose.yml. */
export function composeRoles(all: readonly ServiceManifest[]): string {
  const names = all.filter(hasRole).map(({ name }) => name);
  return [
    `    command: [node, libs/service-kit/src/database/provision.ts, ${names.join(', ')}]`,
    '    environment:',
    '      WEIR_DATABASE_ADMIN_URL: postgresql://weir:${WEIR_POSTGRES_PASSWORD}@postgres:5432/weir',
    ...names.map(databasePasswordVariable).map(passwordLine),
    '',
  ].join('\n');
}

/**
 * The configuration of Redis' container, and the passwords in it: a part of docker-compose.yml. The shell writes it to the
 * server's standard input, since everybody on the host can read a command line.
 */
export function composeRedis(all: readonly ServiceManifest[]): string {
  const names = all.filter(needs('redis')).map(({ name }) => name);
  // The protected mode would refuse the other containers: it looks at the default user, whom nobody can be.
  const settings = [['dir', '/data'], ['protected-mode', 'no'], ...redisDurability].map(
    ([name, value]) => `${name} ${value || '""'}`,
  );
  const users = names.map(
    (name) => `user ${name} on >$$${redisPasswordVariable(name)} ${redisRights(name).join(' ')}`,
  );
  return [
    '    environment:',
    ...names.map(redisPasswordVariable).map(passwordLine),
    '    command:',
    '      - sh',
    '      - -c',
    '      - |',
    ...['exec redis-server - <<EOF', ...settings, 'user default off', ...users, 'EOF'].map(
      (line) => `        ${line}`,
    ),
    '',
  ].join('\n');
}

function passwordLine(variable: string): string {
  return `      ${variable}: \${${variable}:?set it in weir.env to letters and digits}`;
}

function needs(server: DataServer): (manifest: ServiceManifest) => boolean {
  return ({ servers: needed }) => needed.includes(server);
}

/** At Postgres. */
function hasRole(manifest: ServiceManifest): boolean {
  return needs('postgres')(manifest) || needs('vectors')(manifest);
}

/** The passwords that NATS's container is given: a part of docker-compose.yml. */
export function composePasswords(all: readonly ServiceManifest[]): string {
  return natsUsersOf(all)
    .map(passwordVariable)
    .map((name) => `      ${name}: \${${name}:?set it in weir.env, beginning with a letter}\n`)
    .join('');
}

/** The settings that every service has: a part of docker-compose.yml. */
export function composeSettings(): string {
  const names = settingsOf(kitConfigSchema).filter(isPassedOn);
  return `x-settings: &settings\n${names.map(({ name }) => `  ${name}:\n`).join('')}`;
}

/** The containers of all services, in the order of start: a part of docker-compose.yml. */
export function composeServices(all: readonly ServiceManifest[]): string {
  return all.map((manifest) => serviceBlock(manifest)).join('\n');
}

function serviceBlock(manifest: ServiceManifest): string {
  const { name, settings, servers: needed } = manifest;
  const common = settingsOf(kitConfigSchema).map((setting) => setting.name);
  const own = settings.filter((setting) => isPassedOn(setting) && !common.includes(setting.name));
  const environment = [
    '<<: *settings',
    `NATS_URL: nats://${name}:\${${passwordVariable(name)}}@nats:4222`,
    ...needed.map((server) => servers[server].setting(name)),
    ...own.map((setting) => variableLine(setting.name)),
  ];
  return [
    `  ${name}:`,
    '    <<: *service',
    `    command: [node, services/${name}/src/main.ts]`,
    ...dependencies(manifest),
    '    environment:',
    ...environment.map((line) => `      ${line}`),
    ...(settings.some((setting) => setting.name === 'WEIR_PORT') ? publishedPort : []),
    '',
  ].join('\n');
}

function isPassedOn({ name }: Setting): boolean {
  return !name.includes('*') && !fixed.test(name);
}

/** A name without a value is handed on where it is set, and is unset in the container where it is not. */
function variableLine(name: string): string {
  const hint = required[name];
  return hint === undefined ? `${name}:` : `${name}: \${${name}:?${hint}}`;
}

/** Every container waits for NATS: what is said here takes the place of what is said of all. */
function dependencies(manifest: ServiceManifest): string[] {
  const asked = servicesAskedBy(manifest);
  if (asked.length === 0 && manifest.servers.length === 0) return [];
  return [
    '    depends_on:',
    '      nats: { condition: service_healthy }',
    ...(hasRole(manifest) ? ['      roles: { condition: service_completed_successfully }'] : []),
    ...(needs('redis')(manifest) ? ['      redis: { condition: service_healthy }'] : []),
    ...(asked.length > 0 ? ['      # It stops before those whom it asks.'] : []),
    ...asked.map((name) => `      ${name}: { condition: service_started }`),
  ];
}

/** Of the service that callers outside reach. */
const publishedPort = [
  '    ports:',
  '      # On this host only: put a proxy that speaks TLS in front of it, or say otherwise.',
  '      - ${WEIR_PUBLISH_HOST:-127.0.0.1}:${WEIR_PORT:-8080}:8080',
];
