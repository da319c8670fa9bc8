import type { ExpectedRevision } from '@weir/contracts/admin/fields';
import type { Envelope } from '@weir/contracts/envelope';
import type { Queryable } from '@weir/service-kit/database/query';
import type { ChangeRunner } from '../changes/change-runner.ts';
import { applyPatch, assertRevision, type Patch } from '../domain/patch.ts';
import { reachOf } from '@weir/service-kit/admin/reach';
import type { OutboxItem } from '@weir/service-kit/projection/outbox';
import type { NewTenant, Tenant, TenantTable } from '../tables/tenant-table.ts';

interface TenantParts {
  readonly changes: ChangeRunner;
  readonly database: Queryable;
}

/** A request as the bus brings it. */
interface Asked<Data> {
  readonly data: Data;
  readonly envelope: Envelope;
}

interface PageAsked {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly organisation_id?: string | undefined;
}

interface ChangeAsked {
  readonly id: string;
  readonly expectedRevision?: ExpectedRevision;
}

/** The handlers of one kind of tenant: organisations, teams and users are administered in the same way. */
export function createTenantHandlers<T extends Tenant>(
  table: TenantTable<T>,
  { changes, database }: TenantParts,
) {
  const { kind, owner } = table;

  const told = (verb: string, tenant: T, { before, after }: { before?: T; after?: T }) => ({
    action: `${kind}.${verb}`,
    organisation: String(tenant[owner]),
    target: { kind, id: tenant.id },
    before: stateOf(before),
    after: stateOf(after),
  });
  const projectsOf = ({ id }: T): OutboxItem<'tenant'>[] => [{ kind: 'tenant', id: `${kind}.${id}` }];

  return {
    list: ({ data: { organisation_id, ...page }, envelope }: Asked<PageAsked>) => {
      const organisation = organisation_id ?? null;
      return table.list(database, { ...page, organisation, reach: reachOf(envelope) });
    },

    read: ({ data: { id }, envelope }: Asked<{ id: string }>) => table.find(database, id, reachOf(envelope)),

    create: (tenant: NewTenant<T>, { data, envelope }: Asked<{ idempotencyKey?: string | undefined }>) => {
      const { idempotencyKey: key, ...request } = data;
      return changes.run(
        envelope,
        async (transaction) => {
          const after = await table.insert(transaction, tenant);
          return { reply: after, audit: [told('create', after, { after })], projects: projectsOf(after) };
        },
        { key, request: [`${kind}.create`, request] },
      );
    },

    update: ({ data: { id, expectedRevision, ...patch }, envelope }: Asked<ChangeAsked & Patch<T>>) =>
      changes.run(envelope, async (transaction) => {
        const before = await table.lock(transaction, id, reachOf(envelope));
        assertRevision(before, expectedRevision);
        const after = await table.update(transaction, applyPatch(before, patch as Patch<T>));
        return {
          reply: after,
          audit: [told('update', after, { before, after })],
          projects: projectsOf(after),
        };
      }),

    remove: ({ data: { id, expectedRevision }, envelope }: Asked<ChangeAsked>) =>
      changes.run(envelope, async (transaction) => {
        const before = await table.lock(transaction, id, reachOf(envelope));
        assertRevision(before, expectedRevision);
        await table.remove(transaction, id);
        const reply = { id, deleted: true as const };
        return { reply, audit: [told('delete', before, { before })], projects: projectsOf(before) };
      }),
  };
}

function stateOf(tenant: object | undefined): Record<string, unknown> | null {
  return tenant ? { ...tenant } : null;
}
