import { createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { MasterKeys, UnreadableToken } from '@weir/service-kit/crypto/master-keys';
import { type SealingKeys, sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import type { KeyWrapper } from './key-wrapper.ts';

/**
 * The keys that are derived from the one secret of an installation, which is made once and never changes. None tells of
 * another: whoever verifies virtual keys has the verification key, and can forge no audit entry by it.
 */
export interface Installation {
  /** Of the HMACs in which secrets are kept. */
  readonly verificationKey: Buffer;
  /** By which records say which verification key they were made with. */
  readonly verificationKeyId: string;
  /** Of the hashes that chain the audit log. */
  readonly auditKey: KeyObject;
  /** To which secrets are sealed that admins send. A rotation of master keys does not change them. */
  readonly sealingKeys: SealingKeys;
}

const find: Query = {
  name: 'installation.find',
  text: 'select secret, master_key_id from installation',
};

const insert: Query = {
  name: 'installation.insert',
  text: 'insert into installation (secret, master_key_id) values ($1, $2) on conflict do nothing',
};

const replace: Query = {
  name: 'installation.replace',
  text: 'update installation set secret = $2, master_key_id = $3 where secret = $1',
};

const rowSchema = z.object({ secret: z.string(), master_key_id: z.string() });

/**
 * What the first start has made, or makes it. Rejects, in words for an operator, where the master keys are not those of
 * this database: nothing that is encrypted in it could be read, and what was written now could not be read later.
 */
export async function openInstallation(database: Queryable, wrapper: KeyWrapper): Promise<Installation> {
  const made = await wrapper.wrap(randomBytes(32).toString('base64url'));
  await database.query(insert, [made.token, made.keyId]);
  const { secret } = await findInstallation(database);
  try {
    return installationOf(Buffer.from(await wrapper.unwrap(secret), 'base64url'));
  } catch (error) {
    if (!(error instanceof UnreadableToken)) throw error;
    throw new Error(
      'the master keys are not those that this database was encrypted with: put the former one into WEIR_MASTER_KEYS or its file, after the newest',
      { cause: error },
    );
  }
}

/** Of a secret of 32 bytes. */
export function installationOf(secret: Buffer): Installation {
  const keys = new MasterKeys([secret]);
  const [verificationKey] = keys.derive('weir/verification-key/1');
  const [auditKey] = keys.derive('weir/audit/1');
  return {
    verificationKey,
    verificationKeyId: createHash('sha256').update(verificationKey).digest('hex').slice(0, 16),
    auditKey: createSecretKey(auditKey),
    sealingKeys: sealingKeysOf(keys),
  };
}

/** Whether the secret is encrypted with the newest master key. */
export async function isInstallationCurrent(database: Queryable, { keyId }: KeyWrapper): Promise<boolean> {
  return (await findInstallation(database)).master_key_id === keyId;
}

/**
 * Encrypts the secret with the newest master key. It comes last of all: a service that starts with the newest key alone
 * can read it only where it can read everything.
 */
export async function reencryptInstallation(database: Queryable, wrapper: KeyWrapper): Promise<void> {
  const { master_key_id, secret } = await findInstallation(database);
  if (master_key_id === wrapper.keyId) return;
  const { keyId, token } = await wrapper.wrap(await wrapper.unwrap(secret));
  await database.query(replace, [secret, token, keyId]);
}

async function findInstallation(database: Queryable): Promise<z.output<typeof rowSchema>> {
  const [row] = rows(rowSchema, await database.query(find));
  if (!row) throw new Error('the database has lost its installation row');
  return row;
}
