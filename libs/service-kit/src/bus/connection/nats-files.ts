import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { credsAuthenticator, type Authenticator } from '@nats-io/transport-node';
import type { Problem } from '@weir/contracts/problems';
import { ConfigError } from '../../config.ts';

/** Files that the settings name. */
export interface NatsFiles {
  /** A credentials file (JWT and nkey seed), as `nsc` writes it. */
  credentialsFile?: string | undefined;
  /** PEM file of the authority that signed the servers' certificates. */
  caFile?: string | undefined;
}

interface NatsFile {
  readonly setting: 'NATS_CA_FILE' | 'NATS_CREDS_FILE';
  readonly path: string;
}

const caFileOf = (path: string): NatsFile => ({ setting: 'NATS_CA_FILE', path });
const credentialsFileOf = (path: string): NatsFile => ({ setting: 'NATS_CREDS_FILE', path });

/**
 * The certificates of the authorities that are trusted. Like all files here it is read anew for each connection, since it may be
 * replaced while the process runs; while it cannot be read, what it held before is used. Throws a ConfigError where it never could.
 */
export function caReader(path: string): () => Buffer {
  return readerOf(caFileOf(path));
}

/** Signs in with what the file holds at that moment. Throws a ConfigError where it cannot be read now. */
export function credentialsAuthenticator(path: string): Authenticator {
  const read = readerOf(credentialsFileOf(path));
  return (nonce) => credsAuthenticator(read())(nonce);
}

/** The first of the files that cannot be read or used as it is now. */
export function fileProblem({ caFile, credentialsFile }: NatsFiles): Problem | undefined {
  const files = [caFile && caFileOf(caFile), credentialsFile && credentialsFileOf(credentialsFile)];
  for (const file of files) {
    const message = file && readFile(file).problem;
    if (message) return { code: 'setting_file_unreadable', message };
  }
  return undefined;
}

function readerOf(file: NatsFile): () => Buffer {
  const first = readFile(file);
  if (first.problem) throw new ConfigError([first.problem]);
  let { content } = first;
  return () => {
    const now = readFile(file);
    if (!now.problem) content = now.content;
    return content;
  };
}

function readFile({ setting, path }: NatsFile): { content: Buffer; problem?: string } {
  const empty = Buffer.alloc(0);
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    return { content: empty, problem: `${setting}: the file ${path} cannot be read (${code})` };
  }
  try {
    if (setting === 'NATS_CA_FILE') new X509Certificate(content);
    else credsAuthenticator(content)('nonce');
    return { content };
  } catch {
    const wanted =
      setting === 'NATS_CA_FILE' ? 'certificate in PEM form' : 'user JWT and seed, as nsc writes them';
    return { content: empty, problem: `${setting}: the file ${path} holds no ${wanted}` };
  }
}
