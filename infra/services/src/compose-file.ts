import type { DataServer, ServiceManifest } from '@weir/contracts/service-manifest';
import { settingsOf, type Setting } from '@weir/contracts/settings';
import { passwordVariable } from '@weir/local-servers/nats-users';
import { kitConfigSchema } from '@weir/service-kit/kit-config';
import { natsUsersOf, servicesAskedBy } from './services.ts';

/** What the image or this file says itself, and files that no container has. */
const fixed = /^(NATS_.*|WEIR_OPS_.*|WEIR_HOST|WEIR_PORT|.*_FILE|DATABASE_URL|REDIS_URL)$/;

/** Settings without which a service cannot start, and what to do where one is not set. */
const required: Readonly<Record<string, string>> = {
  WEIR_MASTER_KEYS: 'make one as weir.env.example says, and set it in weir.env',
};

/** The setting in which a service finds a server's address. */
const addressSettings: Readonly<Record<DataServer, string>> = {
  postgres: 'DATABASE_URL',
  redis: 'REDIS_URL',
};

/** The variable in weir.env that holds a server's address for one service, as a role or user of its own. */
export function addressVariables({ name, servers }: ServiceManifest): string[] {
  return servers.map((server) => addressVariable(name, server));
}

function addressVariable(service: string, server: DataServer): string {
  return `WEIR_${service.toUpperCase()}_${addressSettings[server]}`;
}

function addressLine(service: string, server: DataServer): string {
  const variable = addressVariable(service, server);
  return `${addressSettings[server]}: \${${variable}:?set it in weir.env to the address that ${service} has at your ${server}}`;
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
  const { name, settings, servers } = manifest;
  const common = settingsOf(kitConfigSchema).map((setting) => setting.name);
  const own = settings.filter((setting) => isPassedOn(setting) && !common.includes(setting.name));
  const asked = servicesAskedBy(manifest);
  const environment = [
    '<<: *settings',
    `NATS_URL: nats://${name}:\${${passwordVariable(name)}}@nats:4222`,
    ...servers.map((server) => addressLine(name, server)),
    ...own.map((setting) => variableLine(setting.name)),
  ];
  return [
    `  ${name}:`,
    '    <<: *service',
    `    command: [node, services/${name}/src/main.ts]`,
    ...(asked.length === 0 ? [] : dependencies(asked)),
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

function dependencies(asked: readonly string[]): string[] {
  return [
    '    depends_on:',
    '      nats: { condition: service_healthy }',
    '      # It stops before those whom it asks.',
    ...asked.map((name) => `      ${name}: { condition: service_started }`),
  ];
}

/** Of the service that callers outside reach. */
const publishedPort = [
  '    ports:',
  '      # On this host only: put a proxy that speaks TLS in front of it, or say otherwise.',
  '      - ${WEIR_PUBLISH_HOST:-127.0.0.1}:${WEIR_PORT:-8080}:8080',
];
