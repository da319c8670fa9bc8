import { teamSchema } from '@weir/contracts/admin/teams';
import { userSchema } from '@weir/contracts/admin/users';
import { tenantTable } from './tenant-table.ts';
import { timeColumn } from './virtual-key-rows.ts';

const times = { created_at: timeColumn, updated_at: timeColumn };

export const teams = tenantTable({
  kind: 'team',
  table: 'teams',
  row: teamSchema.extend(times),
  owner: 'organisation_id',
  fields: ['name', 'status'],
  holds: `select 'live key' as what, count(*) as count from virtual_keys
    where team_id = $1 and live_organisation_id is not null`,
});

export const users = tenantTable({
  kind: 'user',
  table: 'users',
  row: userSchema.extend(times),
  owner: 'organisation_id',
  fields: ['name', 'email', 'status'],
  holds: `select 'live key' as what, count(*) as count from virtual_keys
    where user_id = $1 and live_organisation_id is not null`,
});
