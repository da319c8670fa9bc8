import type { KeyObject } from 'node:crypto';
import type { Query, Queryable } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { z } from 'zod';
import { auditHash, type AuditEntry, type ChainLink, type ChangeData, contentOf } from './audit-entry.ts';

/** A change, and the id of the event that tells of it. */
export interface AuditedChange {
  readonly eventId: string;
  readonly change: ChangeData;
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
    select * from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
      $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[])`,
};

const moveHead: Query = { name: 'audit.move-head', text: 'update audit_head set seq = $1, hash = $2' };

const headSchema = z.object({ seq: integerColumn, hash: z.string() });
const knownSchema = z.object({ event_id: z.string() });

/** The append-only log of what admins change. */
export class AuditLog {
  readonly #auditKey: KeyObject;

  constructor(auditKey: KeyObject) {
    this.#auditKey = auditKey;
  }

  /**
   * Enters changes, each once however often it comes, as a part of the transaction that makes them. Others that enter wait
   * for its end, so it comes last in it.
   */
  async enter(transaction: Queryable, changes: readonly AuditedChange[]): Promise<void> {
    if (changes.length === 0) return;
    const [head] = rows(headSchema, await transaction.query(lockHead));
    if (!head) throw new Error('the audit log has lost its head');
    const entries = this.#chain(head, await this.#contentsOf(transaction, changes));
    const last = entries.at(-1);
    if (!last) return;
    await transaction.query(insert, columnsOf(entries));
    await transaction.query(moveHead, [last.seq, last.hash]);
  }

  /** Of those that are not entered yet. */
  async #contentsOf(transaction: Queryable, changes: readonly AuditedChange[]) {
    const contents = new Map(
      changes
        .map(({ change, eventId }) => contentOf(eventId, change))
        .map((content) => [content.eventId, content]),
    );
    const known = await transaction.query(findKnown, [[...contents.keys()]]);
    for (const { event_id } of rows(knownSchema, known)) contents.delete(event_id);
    return contents.values();
  }

  #chain(head: ChainLink, contents: Iterable<ReturnType<typeof contentOf>>): AuditEntry[] {
    const entries: AuditEntry[] = [];
    let previous = head;
    for (const content of contents) {
      const hash = auditHash(content, previous, this.#auditKey);
      const entry = { ...content, seq: previous.seq + 1, hash };
      entries.push(entry);
      previous = entry;
    }
    return entries;
  }
}

/** In one statement, since all others that change something wait for it. */
function columnsOf(entries: readonly AuditEntry[]): unknown[] {
  return [
    entries.map(({ seq }) => seq),
    entries.map(({ eventId }) => eventId),
    entries.map(({ atMs }) => new Date(atMs)),
    entries.map(({ organisation }) => organisation),
    entries.map(({ actorId }) => actorId),
    entries.map(({ actorAddress }) => actorAddress),
    entries.map(({ action }) => action),
    entries.map(({ targetKind }) => targetKind),
    entries.map(({ targetId }) => targetId),
    entries.map(({ before }) => before),
    entries.map(({ after }) => after),
    entries.map(({ requestId }) => requestId),
    entries.map(({ hash }) => hash),
  ];
}
