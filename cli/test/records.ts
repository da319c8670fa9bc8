import type { budgetSchema } from '@weir/contracts/admin/budgets';
import type { organisationSchema } from '@weir/contracts/admin/organisations';
import type { virtualKeySchema } from '@weir/contracts/admin/virtual-keys';
import type { z } from 'zod';

type VirtualKey = z.output<typeof virtualKeySchema>;
type Organisation = z.output<typeof organisationSchema>;

const at = '2026-11-28T07:00:00Z';

const access = {
  allowed_models: null,
  allowed_providers: null,
  allowed_configs: [],
  inline_configs: false,
  custom_hosts: [],
};

/** The secret of a virtual key. */
export const key = `sk-weir-aaaaaaaa-${'k'.repeat(43)}`;

export const virtualKey = (fields: Partial<VirtualKey> = {}): VirtualKey => ({
  id: 'aaaaaaaa',
  organisation_id: 'default',
  name: 'checkout',
  team_id: null,
  user_id: null,
  ...access,
  config: null,
  guardrail_policy: null,
  cache: null,
  allowed_addresses: null,
  metadata: {},
  tags: [],
  expires_at: null,
  prefix: 'sk-weir-aaaaaaaa',
  status: 'active',
  secrets: [{ last_four: 'kkkk', created_at: at, valid_until: null }],
  budget_scopes: ['organisation/default', 'key/aaaaaaaa'],
  revision: 7,
  created_at: at,
  updated_at: at,
  revoked_at: null,
  ...fields,
});

export const organisation = (fields: Partial<Organisation> = {}): Organisation => ({
  id: 'default',
  name: 'Default',
  status: 'active',
  time_zone: 'UTC',
  guardrail_policy: 'report',
  ...access,
  revision: 3,
  created_at: at,
  updated_at: at,
  ...fields,
});

/** The limits of a virtual key. */
export const budget: z.output<typeof budgetSchema> = {
  scope: 'key',
  id: 'aaaaaaaa',
  organisation_id: 'default',
  limits: [
    {
      unit: 'usd',
      limit: '10',
      window: 'month',
      model: '*',
      hard: true,
      usage: { used: '8.1', held: '0.25', remaining: '1.65', window_start: at, resets_at: at },
    },
    { unit: 'parallel_requests', limit: 4, model: 'gpt-5*', hard: true, usage: null },
  ],
  contact: 'finance@example.com',
  alerts: { webhooks: [] },
  revision: 7,
  created_at: at,
  updated_at: at,
};
