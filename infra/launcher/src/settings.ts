import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';

/** What the launcher itself needs to know, and the variables that it hands to the services. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** Absolute. */
  readonly stateFolder: string;
  /** Set where a NATS is there already, so that none is started. */
  readonly natsUrl: string | undefined;
  /** The environment, completed by weir.env. */
  readonly variables: NodeJS.ProcessEnv;
  /** Of settings, in the example and the guides: also those that only the command line or a container reads. */
  readonly documentedNames: readonly string[];
}

/**
 * Reads the settings: from the environment, and what is not there from `weir.env` in Weir's folder, if there is one.
 * Throws where a value is none that the setting can have.
 */
export function readSettings(root: string, environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const variables = { ...readEnvFile(resolve(root, 'weir.env')), ...given };
  return {
    host: variables['WEIR_HOST'] ?? '127.0.0.1',
    port: parsePort(variables['WEIR_PORT'] ?? '8080'),
    stateFolder: resolve(root, variables['WEIR_STATE_DIR'] ?? '.weir'),
    natsUrl: variables['NATS_URL'],
    variables,
    documentedNames: ['weir.env.example', 'docs/cli.md', 'docs/operations.md'].flatMap((file) =>
      namesIn(resolve(root, file)),
    ),
  };
}

function namesIn(file: string): string[] {
  return existsSync(file) ? (readFileSync(file, 'utf8').match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? []) : [];
}

function readEnvFile(file: string): NodeJS.Dict<string> {
  try {
    return Object.fromEntries(
      Object.entries(parseEnv(readFileSync(file, 'utf8'))).filter(([, value]) => value !== ''),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Error(`WEIR_PORT must be a number from 1 to 65535, and is "${text}"`);
}
