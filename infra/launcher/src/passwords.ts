import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type NatsPasswords, newNatsPasswords } from '@weir/local-servers/nats-users';

/**
 * The passwords of the NATS that we start, made at the first start and kept in the state folder for its owner only. A
 * user who is new since then gets one too.
 */
export async function natsPasswords(stateFolder: string): Promise<NatsPasswords> {
  const file = join(stateFolder, 'nats-passwords.json');
  const kept = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '{}';
    throw error;
  });
  const passwords = { ...newNatsPasswords(), ...(JSON.parse(kept) as Partial<NatsPasswords>) };
  await writeFile(file, JSON.stringify(passwords, null, 2), { mode: 0o600 });
  return passwords;
}
