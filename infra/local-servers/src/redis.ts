import { createHash } from 'node:crypto';
import { firstAnswer } from './first-answer.ts';
import { redisServer } from './program.ts';
import type { ServerKind } from './server-kind.ts';

/** A password for each service that uses Redis. */
export type RedisPasswords = Readonly<Record<string, string>>;

export interface RedisOptions {
  /** How many logical databases it has; 16 without it. */
  readonly databases?: number;
}

/**
 * A redis-server whose data outlive it. With passwords, each service is a user who may touch its own keys,
 * `<service>:*`, and nobody else gets in; without, everybody may do everything.
 */
export function redis(passwords?: RedisPasswords, { databases }: RedisOptions = {}): ServerKind {
  return {
    program: redisServer,
    stopSignal: 'SIGTERM',
    url: (port) => `redis://127.0.0.1:${port}`,
    arguments: ({ host, port, dataFolder }) => [
      // It listens on the loopback interface or inside a container; its protected mode would refuse the latter's clients.
      ...['--bind', host, '--port', String(port), '--protected-mode', 'no', '--dir', dataFolder],
      ...redisDurability.flatMap(([setting, value]) => [`--${setting}`, value]),
      ...(databases === undefined ? [] : ['--databases', String(databases)]),
      ...(passwords ? ['--user', 'default', 'off'] : []),
      ...Object.entries(passwords ?? {}).flatMap(([service, password]) => userRule(service, password)),
    ],
    answers: async (port) => /^(\+PONG|-NOAUTH)/.test(String(await firstAnswer(port, 'PING\r\n'))),
  };
}

/**
 * What a Redis has to be set to so that counters outlive it and none is dropped for want of memory. Snapshots would lose the
 * last minutes; the log of commands loses the last second or two.
 */
export const redisDurability: readonly (readonly [setting: string, value: string])[] = [
  ['save', ''],
  ['appendonly', 'yes'],
  ['maxmemory-policy', 'noeviction'],
];

/** What a service may do in Redis: its own keys and channels. INFO is among the dangerous commands; the checks at a service's start read it. */
export function redisRights(service: string): readonly string[] {
  return [`~${service}:*`, `&${service}:*`, '+@all', '-@admin', '-@dangerous', '+info'];
}

/** A server's address with a service's user and password in it, as `REDIS_URL` takes it. */
export function redisUrlFor(service: string, password: string, port: number): string {
  return `redis://${service}:${password}@127.0.0.1:${port}`;
}

/** Everybody on the machine can read a command line, so it has the hash, from which nobody finds a random password. */
function userRule(service: string, password: string): string[] {
  const hash = createHash('sha256').update(password).digest('hex');
  return ['--user', service, 'on', `#${hash}`, ...redisRights(service)];
}
