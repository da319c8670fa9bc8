import { createHmac, randomBytes } from 'node:crypto';
import { installationOf } from '@weir/keys/vault/installation';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { testMasterKey } from '@weir/testkit/gateway';
import { Client } from 'pg';

const batchSize = 10_000;

const insert = `
  with made as (
    insert into keys.virtual_keys (id, organisation_id, name, allowed_models, tags)
    select id, 'default', 'bench', '{gpt-5*}', '{bench}' from unnest($1::text[]) as id
    returning id
  )
  insert into keys.virtual_key_secrets (virtual_key_id, version, digest, verification_key_id, last_four)
  select made.id, 1, digest, $3, right(digest, 4)
  from unnest($1::text[], $2::text[]) as given (id, digest) join made using (id)`;

/** Puts so many virtual keys into the tables of a test gateway's keys service. Resolves to the keys. */
export async function plantKeys(databaseUrl: string, count: number): Promise<string[]> {
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ secret: string }>('select secret from keys.installation');
    const masterKeys = new MasterKeys([Buffer.from(testMasterKey, 'base64url')]);
    const secret = Buffer.from(masterKeys.decrypt(rows[0]?.secret ?? ''), 'base64url');
    const { verificationKey, verificationKeyId } = installationOf(secret);
    const planted: string[] = [];
    for (let from = 0; from < count; from += batchSize) {
      const ids = Array.from({ length: Math.min(batchSize, count - from) }, (_, index) => idOf(from + index));
      const keys = ids.map((id) => `sk-weir-${id}-${randomBytes(32).toString('base64url')}`);
      const digests = keys.map((key) =>
        createHmac('sha256', verificationKey).update(key).digest('base64url'),
      );
      await client.query(insert, [ids, digests, verificationKeyId]);
      for (const key of keys) planted.push(key);
    }
    return planted;
  } finally {
    await client.end();
  }
}

const idOf = (index: number) => `b${index.toString(36).padStart(7, '0')}`;
