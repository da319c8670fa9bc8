import { randomBytes, randomInt } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { virtualKeyForm } from '@weir/contracts/keys/verification';
import { type NatsPasswords, newNatsPasswords } from '@weir/local-servers/nats-users';
import type { Settings } from './settings.ts';

export interface KeptSecret {
  readonly text: string;
  /** Absolute. */
  readonly file: string;
  /** Whether this start has made it. */
  readonly isNew: boolean;
}

export interface Keys {
  /** The settings' variables, completed by what names the keys that we keep. */
  readonly variables: NodeJS.ProcessEnv;
  /** Absent where the settings have one of their own. */
  readonly adminKey: KeptSecret | undefined;
  /** The first virtual key. Absent where the settings have one of their own. */
  readonly firstKey: KeptSecret | undefined;
}

/**
 * The master key, the admin key and the first virtual key. Each that the settings do not give is made at the first start and
 * kept. Rejects where the virtual key is none.
 */
export async function readKeys({ stateFolder, variables }: Settings): Promise<Keys> {
  const givesMasterKeys = ['WEIR_MASTER_KEYS', 'WEIR_MASTER_KEYS_FILE'].some((name) => variables[name]);
  const masterKeys = givesMasterKeys
    ? undefined
    : await keepSecret(join(stateFolder, 'master-keys'), (kept) => kept ?? `${newKey()}\n`);
  const adminKey = variables['WEIR_ADMIN_KEY']
    ? undefined
    : await keepSecret(join(stateFolder, 'admin-key'), (kept) => kept ?? `weir-admin-${newKey()}\n`);
  const firstKey = variables['WEIR_FIRST_KEY']
    ? undefined
    : await keepSecret(join(stateFolder, 'first-key'), (kept) => kept ?? `${newVirtualKey()}\n`);
  assertVirtualKey(firstKey?.text.trim() ?? variables['WEIR_FIRST_KEY'] ?? '', firstKey?.file);
  return {
    variables: {
      ...variables,
      ...(masterKeys && { WEIR_MASTER_KEYS_FILE: masterKeys.file }),
      ...(adminKey && { WEIR_ADMIN_KEY: adminKey.text.trim() }),
      ...(firstKey && { WEIR_FIRST_KEY: firstKey.text.trim() }),
    },
    adminKey,
    firstKey,
  };
}

const newKey = () => randomBytes(32).toString('base64url');

/** Its id is a part of it: lower case letters and digits. */
function newVirtualKey(): string {
  const id = Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('');
  return `sk-weir-${id}-${newKey()}`;
}

function assertVirtualKey(key: string, file = 'WEIR_FIRST_KEY'): void {
  if (virtualKeyForm.test(key)) return;
  throw new Error(
    `${file} holds no virtual key: one is sk-weir-, 8 lower case letters or digits, a hyphen, and 43 characters of base64url.\n` +
      'Leave it away, and Weir makes one',
  );
}

/** The passwords of a server that we start. A user who is new since they were made gets one too. */
export async function keepPasswords(file: string, users: readonly string[]): Promise<NatsPasswords> {
  const completed = (kept: string): NatsPasswords => ({
    ...newNatsPasswords(users),
    ...(JSON.parse(kept) as NatsPasswords),
  });
  const { text } = await keepSecret(file, (kept = '{}') => JSON.stringify(completed(kept), null, 2));
  return completed(text);
}

/**
 * A secret that is made at the first start and kept, in a file that only its owner can read. `complete` makes it of what is
 * kept so far, which is nothing at the first start.
 */
async function keepSecret(file: string, complete: (kept: string | undefined) => string): Promise<KeptSecret> {
  const kept = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  const text = complete(kept);
  if (text !== kept) await writeFile(file, text, { mode: 0o600 });
  return { text, file, isNew: kept === undefined };
}
