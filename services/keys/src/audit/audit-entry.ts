import { createHmac, type KeyObject } from 'node:crypto';
import type { changeMade } from '@weir/contracts/audit-events';
import type { DataOf } from '@weir/contracts/descriptors';

export type ChangeData = DataOf<typeof changeMade>;

/** A change, as the audit log keeps it. */
export interface AuditContent {
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

/** Where an entry stands: the next one's hash is over this. */
export interface ChainLink {
  /** From 1, without a gap; 0 is before the first. */
  readonly seq: number;
  readonly hash: string;
}

export type AuditEntry = AuditContent & ChainLink;

export const beforeFirst: ChainLink = { seq: 0, hash: '' };

export function contentOf(eventId: string, change: ChangeData): AuditContent {
  const { action, actor, after, atMs, before, organisation, requestId, target } = change;
  return {
    eventId: storable(eventId),
    atMs,
    organisation: organisation === null ? null : storable(organisation),
    actorId: storable(actor.id),
    actorAddress: storable(actor.address),
    action: storable(action),
    targetKind: storable(target.kind),
    targetId: storable(target.id),
    before: before && JSON.stringify(before),
    after: after && JSON.stringify(after),
    requestId: storable(requestId),
  };
}

/** HMAC-SHA-256 over all of a change, the place where it stands and the hash of the entry before, in hex. */
export function auditHash(
  content: AuditContent,
  { hash: previousHash, seq }: ChainLink,
  auditKey: KeyObject,
): string {
  const { action, actorAddress, actorId, after, atMs, before } = content;
  const { eventId, organisation, requestId, targetId, targetKind } = content;
  const text = JSON.stringify([
    ...[previousHash, seq + 1, eventId, atMs, organisation, actorId, actorAddress],
    ...[action, targetKind, targetId, before, after, requestId],
  ]);
  return createHmac('sha256', auditKey).update(text).digest('hex');
}

/** As Postgres gives it back: it takes no zero, and what is no character becomes another on its way there. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
