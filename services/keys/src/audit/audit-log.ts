import { createHmac } from 'node:crypto';
import type { changeMade } from '@weir/contracts/audit-events';
import type { DataOf } from '@weir/contracts/descriptors';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';

export type ChangeData = DataOf<typeof changeMade>;

/** A change, and the id of the event that tells of it. */
export interface AuditedChange {
  readonly eventId: string;
  readonly change: ChangeData;
}

/** An entry as it is kept. */
export interface AuditRow {
  readonly seq: number;
  readonly eventId: string;
  readonly atMs: number;
  readonly organisation: string | null;
  readonly actorId: string;
  readonly actorAddress: string;
  readonly action: string;
  readonly targetKind: string;
  readonly targetId: string;
  /** JSON. */
  readonly before: string | null;
  readonly after: string | null;
  readonly requestId: string;
}

/** HMAC-SHA-256 over all of an entry and the hash of the one before, in hex. */
export function auditHash(row: AuditRow, previousHash: string, auditKey: Buffer): string {
  const { seq, eventId, atMs, organisation, actorId, actorAddress, action } = row;
  const { targetKind, targetId, before, after, requestId } = row;
  const text = JSON.stringify([
    ...[previousHash, seq, eventId, atMs, organisation, actorId, actorAddress],
    ...[action, targetKind, targetId, before, after, requestId],
  ]);
  return createHmac('sha256', auditKey).update(text).digest('hex');
}

const lockHead: Query = { name: 'audit.lock-head', text: 'select seq, hash from audit_head for update' };

const findKnown: Query = {
  name: 'audit.find-known',
  text: 'select event_id from audit_log where event_id = any($1)',
};

const insert: Query = {
  name: 'audit.insert',
  text: `insert into audit_log (seq, event_id, at, organisation_id, actor_id, actor_address, action,
      target_kind, target_id, before, after, request_id, hash)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
};

const moveHead: Query = { name: 'audit.move-head', text: 'update audit_head set seq = $1, hash = $2' };

const headSchema = z.object({ seq: integerColumn, hash: z.string() });
const knownSchema = z.object({ event_id: z.string() });

/** The append-only log of what admins change. */
export class AuditLog {
  readonly #auditKey: Buffer;

  constructor(auditKey: Buffer) {
    this.#auditKey = auditKey;
  }

  /**
   * Enters changes, each once however often it comes, as a part of the transaction that makes them. Others that enter wait
   * for its end, so it comes last in it.
   */
  async enter(transaction: Queryable, changes: readonly AuditedChange[]): Promise<void> {
    const [head] = rows(headSchema, await transaction.query(lockHead));
    if (!head) throw new Error('the audit log has lost its head');
    const ids = changes.map(({ eventId }) => eventId);
    const known = new Set(
      rows(knownSchema, await transaction.query(findKnown, [ids])).map(({ event_id }) => event_id),
    );
    let { seq, hash } = head;
    for (const { eventId, change } of changes) {
      if (known.has(eventId)) continue;
      known.add(eventId);
      const row = toRow(++seq, eventId, change);
      hash = auditHash(row, hash, this.#auditKey);
      await transaction.query(insert, [
        ...[row.seq, row.eventId, new Date(row.atMs), row.organisation, row.actorId, row.actorAddress],
        ...[row.action, row.targetKind, row.targetId, row.before, row.after, row.requestId, hash],
      ]);
    }
    if (seq !== head.seq) await transaction.query(moveHead, [seq, hash]);
  }
}

function toRow(seq: number, eventId: string, change: ChangeData): AuditRow {
  const { action, actor, after, atMs, before, organisation, requestId, target } = change;
  return {
    seq,
    eventId,
    atMs,
    organisation,
    actorId: actor.id,
    actorAddress: actor.address,
    action,
    targetKind: target.kind,
    targetId: target.id,
    before: before && JSON.stringify(before),
    after: after && JSON.stringify(after),
    requestId,
  };
}
