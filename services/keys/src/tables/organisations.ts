import { organisationSchema } from '@weir/contracts/admin/organisations';
import type { Query } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import { defaultOrganisation } from '@weir/service-kit/admin/reach';
import { tenantTable, type TenantTable } from './tenant-table.ts';
import { timeColumn } from './virtual-key-rows.ts';

const table = tenantTable({
  kind: 'organisation',
  table: 'organisations',
  row: organisationSchema.extend({ created_at: timeColumn, updated_at: timeColumn }),
  owner: 'id',
  fields: [
    ...(['name', 'status', 'time_zone', 'guardrail_policy', 'allowed_models'] as const),
    ...(['allowed_providers', 'allowed_configs', 'inline_configs', 'custom_hosts'] as const),
  ],
  holds: `
    select 'team' as what, count(*) as count from teams where organisation_id = $1
    union all select 'user', count(*) from users where organisation_id = $1
    union all select 'live key', count(*) from virtual_keys where live_organisation_id = $1
    union all select 'credential', count(*) from provider_keys where organisation_id = $1
    union all select 'admin key', count(*) from admin_keys where live_organisation_id = $1`,
});

const findDeleted: Query = {
  name: 'organisations.find-deleted',
  text: 'select from deleted_organisations where id = $1',
};

const keepId: Query = {
  name: 'organisations.keep-id',
  text: 'insert into deleted_organisations (id, name) select id, name from organisations where id = $1',
};

const deleteRevokedKeys: Query = {
  name: 'organisations.delete-revoked-keys',
  text: `with deleted as (
      update virtual_keys set deleted_at = now(), updated_at = now()
      where organisation_id = $1 and deleted_at is null and revoked_at is not null returning id
    )
    delete from virtual_key_secrets using deleted where virtual_key_id = deleted.id`,
};

/** An id is given once: what an organisation has used, and the audit log, go on to name it when it is gone. */
export const organisations: TenantTable<Awaited<ReturnType<typeof table.find>>> = {
  ...table,
  async insert(transaction, organisation) {
    const made = await table.insert(transaction, organisation);
    // Asked for afterwards: the insertion has waited for the end of a deletion that was under way.
    const { rowCount } = await transaction.query(findDeleted, [organisation.id]);
    if (rowCount === 0) return made;
    throw new Fault('already_exists', {
      message: 'An organisation of this id was deleted, and its id is not given again.',
      param: 'id',
    });
  },
  async remove(transaction, id) {
    if (id === defaultOrganisation)
      throw new Fault('in_use', { message: 'The organisation "default" cannot be deleted.' });
    await transaction.query(keepId, [id]);
    await transaction.query(deleteRevokedKeys, [id]);
    await table.remove(transaction, id);
  },
};
