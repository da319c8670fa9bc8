import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import type { AuditEntry, ChainLink } from './audit-entry.ts';

const columns = `seq, event_id, at, organisation_id, actor_id, actor_address, action, target_kind, target_id, before, after,
  request_id, hash`;

const scan: Query = {
  name: 'audit.scan',
  text: `select ${columns} from audit_log where seq > $1 order by seq limit $2`,
};

const first: Query = { name: 'audit.first', text: 'select min(seq) as seq from audit_log' };

const findHead: Query = { name: 'audit.find-head', text: 'select seq, hash from audit_head' };

const list: Query = {
  name: 'audit.list',
  // Where those who administer everything sit is not for the admins of one organisation.
  text: `select ${columns.replace(
    'actor_address',
    `case when $2::text is null or exists (select from admin_keys k where k.id = actor_id and k.organisation_id = $2)
      then actor_address else '' end as actor_address`,
  )} from audit_log
    where seq < $1 and ($2::text is null or organisation_id = $2) and ($3::text is null or organisation_id = $3)
      and ($4::text is null or action = $4) and ($5::text is null or actor_id = $5)
      and ($6::text is null or target_id = $6)
      and ($7::timestamptz is null or at >= $7) and ($8::timestamptz is null or at < $8)
    order by seq desc limit $9`,
};

const rowSchema = z
  .object({
    seq: integerColumn,
    event_id: z.string(),
    at: z.date(),
    organisation_id: z.string().nullable(),
    actor_id: z.string(),
    actor_address: z.string(),
    action: z.string(),
    target_kind: z.string(),
    target_id: z.string(),
    before: z.string().nullable(),
    after: z.string().nullable(),
    request_id: z.string(),
    hash: z.string(),
  })
  .transform((row): AuditEntry => ({
    seq: row.seq,
    eventId: row.event_id,
    atMs: row.at.getTime(),
    organisation: row.organisation_id,
    actorId: row.actor_id,
    actorAddress: row.actor_address,
    action: row.action,
    targetKind: row.target_kind,
    targetId: row.target_id,
    before: row.before,
    after: row.after,
    requestId: row.request_id,
    hash: row.hash,
  }));

const linkSchema = z.object({ seq: integerColumn, hash: z.string() });
const firstSchema = z.object({ seq: integerColumn.nullable() });

/** So few that nobody waits for the event loop while a batch is checked. */
const batchSize = 250;

/** All entries in their order, a batch at a time. The signal's reason is thrown where nobody waits any more. */
export async function* auditBatches(
  database: Queryable,
  signal: AbortSignal,
): AsyncGenerator<readonly AuditEntry[]> {
  const [lowest] = rows(firstSchema, await database.query(first));
  for (let after = (lowest?.seq ?? 1) - 1; ;) {
    signal.throwIfAborted();
    const batch = rows(rowSchema, await database.query(scan, [after, batchSize]));
    yield batch;
    const last = batch.at(-1);
    if (last === undefined || batch.length < batchSize) return;
    after = last.seq;
  }
}

/** Undefined where it is lost. */
export async function findAuditHead(database: Queryable): Promise<ChainLink | undefined> {
  const [head] = rows(linkSchema, await database.query(findHead));
  return head;
}

export interface AuditFilter {
  /** Only entries before this one. */
  readonly before: number;
  /** Each is the one organisation whose changes are listed; null for all. */
  readonly reach: string | null;
  readonly organisation: string | null;
  readonly action: string | null;
  readonly actor: string | null;
  readonly target: string | null;
  /** RFC 3339; `to` itself is not included. */
  readonly from: string | null;
  readonly to: string | null;
  readonly limit: number;
}

/** Newest first. */
export async function listAuditEntries(database: Queryable, filter: AuditFilter): Promise<AuditEntry[]> {
  const { action, actor, before, from, limit, organisation, reach, target, to } = filter;
  const values = [before, reach, organisation, action, actor, target, from, to, limit];
  return rows(rowSchema, await database.query(list, values));
}
