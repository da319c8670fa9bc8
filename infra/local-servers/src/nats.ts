import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstAnswer } from './first-answer.ts';
import { type NatsPasswords, passwordVariable } from './nats-users.ts';
import { natsServer } from './program.ts';
import type { ServerKind } from './server-kind.ts';

/** Debian 12's. Older ones lack what the bus relies on. */
const oldestVersion = [2, 9, 10] as const;

const configFileOf = (name: string) => fileURLToPath(new URL(`../../nats/${name}`, import.meta.url));

/**
 * Weir's nats-server: with passwords, the one of weir.conf, where each service may do what its manifest says; without,
 * one of the same limits where everybody may do everything. JetStream keeps its files in the data folder.
 */
export function nats(
  passwords?: NatsPasswords,
  configFile = configFileOf(passwords ? 'weir.conf' : 'open.conf'),
  program: ServerKind['program'] = natsServer,
): ServerKind {
  return {
    program,
    stopSignal: 'SIGTERM',
    url: (port) => `nats://127.0.0.1:${port}`,
    arguments: ({ host, port }) => ['--config', configFile, '--addr', host, '--port', String(port)],
    reads: [dirname(configFile)],
    environment: (dataFolder) => ({
      // The server parses what it takes from a variable, so a path with a blank in it needs quotes.
      WEIR_NATS_STORE_DIR: JSON.stringify(join(dataFolder, 'jetstream')),
      ...Object.fromEntries(
        Object.entries(passwords ?? {}).map(([user, password]) => [passwordVariable(user), password]),
      ),
    }),
    answers: async (port) => {
      const version = /^INFO .*"version":"([^"]+)"/.exec(String(await firstAnswer(port)))?.[1];
      if (version) assertVersion(version);
      return version !== undefined;
    },
  };
}

/** Throws where a nats-server of that version is too old for the bus. */
export function assertVersion(version: string): void {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  const firstDifference = oldestVersion.map((part, index) => (parts[index] ?? 0) - part).find(Boolean) ?? 0;
  if (firstDifference < 0) {
    throw new Error(
      `nats-server ${version} is too old: Weir needs ${oldestVersion.join('.')} or newer, best 2.12 or newer`,
    );
  }
}
