import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import { z } from 'zod';
import { CommandError, CommandUsageError } from '../context.ts';

const profileSchema = z.object({ url: z.url(), admin_key: z.string().min(1) });
const profilesSchema = z.record(z.string(), profileSchema);

/** A gateway and the admin key for it. They are kept together, so that no key is sent to a gateway that it is not for. */
export type Profile = z.output<typeof profileSchema>;

/** By their names. */
export type Profiles = ReadonlyMap<string, Profile>;

/** Which one holds where none is named. */
export const defaultProfile = 'default';

const othersMask = 0o077;

export function profileFile(environment: NodeJS.ProcessEnv): string {
  const { HOME, WEIR_CONFIG_DIR, XDG_CONFIG_HOME } = environment;
  const folder = WEIR_CONFIG_DIR ?? join(XDG_CONFIG_HOME ?? join(HOME ?? homedir(), '.config'), 'weir');
  return join(folder, 'profiles.json');
}

/** Rejects where others can read the file: the keys in it are theirs too, then. */
export async function readProfiles(file: string): Promise<Profiles> {
  const found = await stat(file).catch(absent);
  if (!found) return new Map();
  if ((found.mode & othersMask) !== 0) {
    throw new CommandError(
      `Others can read the admin keys in ${file}. Close it with chmod 600 '${file}', and replace the keys if somebody may have read them.`,
    );
  }
  try {
    return new Map(Object.entries(profilesSchema.parse(parseOwnJson(await readFile(file, 'utf8')))));
  } catch (error) {
    throw new CommandError(`${file} is no file of profiles. Mend it, or delete it and run: weir login`, {
      cause: error,
    });
  }
}

/** Writes all of them, or none. A file without profiles is deleted. Resolves to a warning, where there is one. */
export async function writeProfiles(file: string, profiles: Profiles): Promise<string | undefined> {
  const folder = dirname(file);
  if (profiles.size === 0) {
    await rm(file, { force: true });
    return undefined;
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  const text = JSON.stringify(Object.fromEntries(profiles), null, 2);
  try {
    await writeFile(draft, `${text}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  const { mode } = await stat(folder);
  const isOpen = (mode & othersMask) !== 0;
  return isOpen ? `Others may enter ${folder}. Close it with: chmod 700 '${folder}'` : undefined;
}

/** Names are typed, and shown in messages. */
export function parseProfileName(name: string): string {
  if (/^[a-z0-9][\w.-]{0,63}$/i.test(name)) return name;
  throw new CommandUsageError('A profile is named with letters, digits, dots, hyphens and underscores.');
}

function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
