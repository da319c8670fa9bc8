import { randomBytes } from 'node:crypto';
import { type KeptSecret, keepSecret } from './kept-secret.ts';
import type { Settings } from './settings.ts';

export interface Keys {
  /** The settings' variables, completed by what names the keys that we keep. */
  readonly variables: NodeJS.ProcessEnv;
  /** Absent where the settings have one of their own. */
  readonly adminKey: KeptSecret | undefined;
}

const newKey = () => randomBytes(32).toString('base64url');

/** The master key and the admin key. Each that the settings do not give is made at the first start and kept. */
export async function readKeys({ stateFolder, variables }: Settings): Promise<Keys> {
  const givesMasterKeys = ['WEIR_MASTER_KEYS', 'WEIR_MASTER_KEYS_FILE'].some((name) => variables[name]);
  const masterKeys = givesMasterKeys
    ? undefined
    : await keepSecret({ stateFolder, name: 'master-keys', complete: (kept) => kept ?? `${newKey()}\n` });
  const adminKey = variables['WEIR_ADMIN_KEY']
    ? undefined
    : await keepSecret({
        stateFolder,
        name: 'admin-key',
        complete: (kept) => kept ?? `weir-admin-${newKey()}\n`,
      });
  return {
    variables: {
      ...variables,
      ...(masterKeys && { WEIR_MASTER_KEYS_FILE: masterKeys.file }),
      ...(adminKey && { WEIR_ADMIN_KEY: adminKey.text.trim() }),
    },
    adminKey,
  };
}
