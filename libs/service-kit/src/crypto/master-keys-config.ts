import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { MasterKeys } from './master-keys.ts';

const howTo = `make one with: openssl rand -base64 32 | tr '+/' '-_'`;

/** 32 bytes; the padding may be left out. */
const base64UrlKey = /^[\w-]{43}=?$/;

/**
 * The master keys, from `WEIR_MASTER_KEYS` or from the file that `WEIR_MASTER_KEYS_FILE` names: the newest first, with
 * commas or white space between them. A problem never repeats a key.
 */
export const masterKeysConfigSchema = z
  .object({
    WEIR_MASTER_KEYS: z.string().meta({ secret: true }).optional(),
    WEIR_MASTER_KEYS_FILE: z.string().optional(),
  })
  .transform(({ WEIR_MASTER_KEYS: given, WEIR_MASTER_KEYS_FILE: file }, context): MasterKeys => {
    const refuse = (variable: string, message: string) => {
      context.addIssue({ code: 'custom', path: [variable], message });
      return z.NEVER;
    };
    if (given !== undefined && file !== undefined) {
      return refuse('WEIR_MASTER_KEYS_FILE', 'must not be set beside WEIR_MASTER_KEYS');
    }
    const variable = file === undefined ? 'WEIR_MASTER_KEYS' : 'WEIR_MASTER_KEYS_FILE';
    const text = file === undefined ? given : readText(file);
    if (text === undefined && file !== undefined) return refuse(variable, `${file} cannot be read`);
    const [newest, ...older] = (text ?? '').split(/[\s,]+/).filter((key) => key !== '');
    if (newest === undefined) {
      return refuse(variable, `must hold a key, which encrypts providers' keys; ${howTo}`);
    }
    const wrong = [newest, ...older].findIndex((key) => !base64UrlKey.test(key));
    if (wrong !== -1) {
      return refuse(variable, `key ${wrong + 1} is not 32 bytes in base64url; ${howTo}`);
    }
    return new MasterKeys([bytesOf(newest), ...older.map(bytesOf)]);
  });

const bytesOf = (key: string) => Buffer.from(key, 'base64url');

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
