import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { UnreadableToken } from '@weir/service-kit/crypto/master-keys';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import type { KeyWrapper } from './key-wrapper.ts';

/** The key of the HMACs in which secrets are kept, and what is derived from it. It is made once, and never changes. */
export interface Installation {
  readonly verificationKey: Buffer;
  /** By which records say which verification key they were made with. */
  readonly verificationKeyId: string;
  /** Of the hashes that chain the audit log. */
  readonly auditKey: Buffer;
}

const find: Query = {
  name: 'installation.find',
  text: 'select verification_key from installation',
};

const insert: Query = {
  name: 'installation.insert',
  text: 'insert into installation (verification_key, master_key_id) values ($1, $2) on conflict do nothing',
};

const rowSchema = z.object({ verification_key: z.string() });

/**
 * What the first start has made, or makes it. Rejects, in words for an operator, where the master keys are not those of
 * this database: nothing that is encrypted in it could be read, and what was written now could not be read later.
 */
export async function openInstallation(database: Queryable, wrapper: KeyWrapper): Promise<Installation> {
  const made = await wrapper.wrap(randomBytes(32).toString('base64url'));
  await database.query(insert, [made.token, made.keyId]);
  const [row] = rows(rowSchema, await database.query(find));
  if (!row) throw new Error('the database has lost its installation row');
  try {
    return installationOf(Buffer.from(await wrapper.unwrap(row.verification_key), 'base64url'));
  } catch (error) {
    if (!(error instanceof UnreadableToken)) throw error;
    throw new Error(
      'the master keys are not those that this database was encrypted with: put the former one into WEIR_MASTER_KEYS or its file, after the newest',
      { cause: error },
    );
  }
}

/** Of a verification key of 32 bytes. */
export function installationOf(verificationKey: Buffer): Installation {
  return {
    verificationKey,
    verificationKeyId: createHash('sha256').update(verificationKey).digest('hex').slice(0, 16),
    auditKey: Buffer.from(hkdfSync('sha256', verificationKey, '', 'weir/audit/1', 32)),
  };
}
