import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { answersAsPostgres } from './postgres.ts';
import type { ServerKind } from './server-kind.ts';

const main = fileURLToPath(new URL('vector-database/main.ts', import.meta.url));
const user = 'weir';

/**
 * Postgres with pgvector on any machine: in WebAssembly, in a process of Node's. Its data are a cache's: it makes new ones where
 * they cannot be read, and a power cut may take what was written last. See ADR 21.
 */
export function vectorDatabase(password: string): ServerKind {
  return {
    program: { command: 'vector-database', file: execPath },
    stopSignal: 'SIGTERM',
    url: (port) => `postgresql://${user}:${password}@127.0.0.1:${port}/postgres`,
    arguments: ({ host, port, dataFolder }) => [main, dataFolder, host, String(port)],
    environment: () => ({ WEIR_VECTOR_DATABASE_PASSWORD: password }),
    answers: answersAsPostgres,
  };
}
