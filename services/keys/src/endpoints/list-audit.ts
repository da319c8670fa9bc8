import type { auditEntrySchema, listAudit } from '@weir/contracts/admin/audit';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import type { z } from 'zod';
import type { AuditEntry } from '../audit/audit-entry.ts';
import { listAuditEntries } from '../audit/audit-rows.ts';
import { reachOf } from '@weir/service-kit/admin/reach';
import { toPageBy } from '@weir/service-kit/admin/page';

/** What was changed, newest first. */
export function createListAudit(database: Queryable): EndpointHandler<typeof listAudit> {
  return async ({ data, envelope }) => {
    const { action = null, actor = null, from = null, limit, target = null, to = null } = data;
    const entries = await listAuditEntries(database, {
      before: readAfter(data.after),
      reach: reachOf(envelope),
      organisation: data.organisation_id ?? null,
      ...{ action, actor, target, from, to, limit: limit + 1 },
    });
    return toPageBy(entries.map(toListed), limit, ({ seq }) => String(seq));
  };
}

function readAfter(after: string | undefined): number {
  if (after === undefined) return Number.MAX_SAFE_INTEGER;
  if (/^\d{1,15}$/.test(after)) return Number(after);
  throw new Fault('invalid_request', {
    message: 'after must be the "next" of the page before.',
    param: 'after',
  });
}

function toListed(entry: AuditEntry): z.output<typeof auditEntrySchema> {
  return {
    seq: entry.seq,
    at: new Date(entry.atMs).toISOString(),
    actor: { admin_key_id: entry.actorId, address: entry.actorAddress },
    action: entry.action,
    organisation_id: entry.organisation,
    target: { kind: entry.targetKind, id: entry.targetId },
    before: readState(entry.before),
    after: readState(entry.after),
    request_id: entry.requestId,
    hash: entry.hash,
  };
}

/** An entry that somebody has changed by hand is listed all the same: to find it is the verification's. */
function readState(json: string | null): Record<string, unknown> | null {
  if (json === null) return null;
  try {
    return parseOwnJson(json) as Record<string, unknown>;
  } catch {
    return { unreadable: json };
  }
}
