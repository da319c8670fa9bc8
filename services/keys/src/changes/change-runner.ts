import { type changeMade as ChangeMade, changeMade } from '@weir/contracts/audit-events';
import type { DataOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Database } from '@weir/service-kit/database/database';
import type { Queryable } from '@weir/service-kit/database/query';
import { v7 as uuidv7 } from 'uuid';
import type { AuditedChange, AuditLog } from '../audit/audit-log.ts';
import { actorOf } from '@weir/service-kit/admin/reach';
import { addToOutbox, type OutboxItem } from '@weir/service-kit/projection/outbox';
import type { Publisher } from '@weir/service-kit/projection/publisher';
import { explainConstraint } from '../tables/constraints.ts';
import type { IdempotencyOptions, Idempotency } from './idempotency.ts';

type ChangeData = DataOf<typeof ChangeMade>;

/** What a change has done, as it tells of it: `action`, `organisation`, `target`, `before` and `after`, without a secret. */
export type Told = Pick<ChangeData, 'action' | 'organisation' | 'target' | 'before' | 'after'>;

/** What others follow of the tables. */
export type ProjectionKind = 'tenant' | 'virtual-key' | 'admin-key' | 'credential';

/** What work in a transaction has come to. */
export interface Changed<Reply> {
  readonly reply: Reply;
  readonly audit: readonly Told[];
  /** What others follow of it. */
  readonly projects: readonly OutboxItem<ProjectionKind>[];
}

interface ChangeRunnerParts {
  readonly database: Pick<Database, 'transaction'>;
  readonly auditLog: AuditLog;
  readonly publisher: Publisher;
  readonly idempotency: Idempotency;
  readonly bus: Pick<Bus, 'publishDurable'>;
  readonly clock: Clock;
}

/**
 * Makes changes in the one way in which all are made: rows, audit entries and what is to be projected in one transaction;
 * then the buckets, so that a change which was acknowledged is known to every replica; then the event.
 */
export class ChangeRunner {
  readonly #parts: ChangeRunnerParts;

  constructor(parts: ChangeRunnerParts) {
    this.#parts = parts;
  }

  /** With an idempotency key the work is done once, and its reply given to all who send the same request. */
  async run<Reply extends object>(
    envelope: Envelope,
    work: (transaction: Queryable) => Promise<Changed<Reply>>,
    idempotent?: IdempotencyOptions,
  ): Promise<Reply> {
    const { auditLog, bus, database, idempotency, publisher } = this.#parts;
    const commit = database.transaction(async (transaction) => {
      const claim = idempotent && (await idempotency.claim(transaction, envelope, idempotent));
      if (claim?.reply) return { reply: claim.reply as Reply, changes: [], queued: undefined };
      const { reply, audit, projects } = await work(transaction);
      const queued = await addToOutbox(transaction, projects);
      await claim?.keep(reply);
      const changes = audit.map((told) => this.#audited(envelope, told));
      await auditLog.enter(transaction, changes);
      return { reply, changes, queued };
    });
    const { reply, changes, queued } = await commit.catch((error: unknown) => {
      throw explainConstraint(error);
    });
    for (const { change, eventId } of changes) bus.publishDurable(changeMade, change, eventId);
    await publisher.publishBy(envelope.deadlineAtMs, queued);
    return reply;
  }

  #audited(envelope: Envelope, told: Told): AuditedChange {
    const { address, id, organisation } = actorOf(envelope);
    const actor = { id, address, ...(organisation !== undefined && { organisation }) };
    const { requestId } = envelope;
    return { eventId: uuidv7(), change: { ...told, atMs: this.#parts.clock.nowMs(), requestId, actor } };
  }
}
