import type { Database } from '@weir/service-kit/database/database';
import type { Query } from '@weir/service-kit/database/query';
import type { Logger } from '@weir/service-kit/logger';
import { defaultOrganisation } from '@weir/service-kit/admin/reach';
import { secretOf } from './domain/secret.ts';
import { addToOutbox } from '@weir/service-kit/projection/outbox';
import {
  insertVirtualKey,
  insertVirtualKeySecret,
  type NewVirtualKey,
} from './tables/virtual-key-changes.ts';
import type { Installation } from './vault/installation.ts';

interface FirstKeyParts {
  readonly database: Pick<Database, 'transaction'>;
  readonly installation: Installation;
  readonly firstKey: string | undefined;
  readonly logger: Logger;
}

const insertOrganisation: Query = {
  name: 'organisations.insert-default',
  text: 'insert into organisations (id, name) values ($1, $2) on conflict do nothing',
};

/** It may do everything that a key can: whoever installs Weir tries it with this one. */
const everything: NewVirtualKey = {
  name: 'first key',
  organisation_id: defaultOrganisation,
  team_id: null,
  user_id: null,
  allowed_models: null,
  allowed_providers: null,
  allowed_configs: null,
  inline_configs: true,
  custom_hosts: null,
  config: null,
  guardrail_policy: null,
  cache: null,
  allowed_addresses: null,
  metadata: {},
  tags: [],
  expires_at: null,
};

/** Makes the organisation `default`, and the first key where no key of its id was ever there: one that was deleted stays so. */
export async function makeFirstKey({
  database,
  firstKey,
  installation,
  logger,
}: FirstKeyParts): Promise<void> {
  const secret = firstKey === undefined ? undefined : secretOf('virtual', firstKey);
  const isMade = await database.transaction(async (transaction) => {
    const { rowCount } = await transaction.query(insertOrganisation, [defaultOrganisation, 'Default']);
    if (rowCount === 1)
      await addToOutbox(transaction, [{ kind: 'tenant', id: `organisation.${defaultOrganisation}` }]);
    if (!secret || !(await insertVirtualKey(transaction, secret.id, everything))) return false;
    await insertVirtualKeySecret(transaction, secret, installation);
    await addToOutbox(transaction, [{ kind: 'virtual-key', id: secret.id }]);
    return true;
  });
  if (isMade) logger.info({ keyId: secret?.id }, 'made the first virtual key');
}
