import { webhookGivenUp } from '@weir/contracts/cost/alerts';
import { backoffMs } from '@weir/service-kit/backoff';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Queryable } from '@weir/service-kit/database/query';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import type { WebhookCaller } from './webhook-caller.ts';
import { claimCalls, type DueCall, endCall, deleteEndedCalls, postponeCall } from './webhook-calls.ts';

interface WorkerParts {
  readonly bus: Pick<Bus, 'publishDurable' | 'durablePublished'>;
  readonly caller: WebhookCaller;
  readonly clock: Clock;
  readonly database: Queryable;
  readonly logger: Logger;
}

const intervalMs = 1_000;
/** How many webhooks are called at once. */
const maxParallel = 32;
/** Longer than a call takes, also for a replica whose clock is a minute ahead of the one that has it. */
const leaseMs = 120_000;
const pauses = { firstMs: 5_000, longestMs: 3_600_000, jitter: 0.2 };
/** For how long a webhook is called again. */
const giveUpAfterMs = 86_400_000;
/** How long ended calls are kept, by which an alert that comes again is known. */
const retentionMs = 7 * 86_400_000;

/**
 * Makes the calls that are due, each by one replica, and one of each webhook at a time: an endpoint that is slow, or gone, holds up
 * no other. A call that fails is made again for a day, with pauses that grow; then it is given up, and is a dead letter.
 */
export class WebhookWorker {
  readonly #parts: WorkerParts;
  /** By the ids of their webhooks. */
  readonly #underWay = new Map<string, Promise<void>>();
  #isStopped = false;
  #looking: Promise<void> | undefined;
  #looksAgain = false;
  #cleanedUpAtMs = -Infinity;
  #stopTimer: (() => void) | undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stopTimer = this.#parts.clock.every(intervalMs, () => {
      this.look();
    });
  }

  /** Makes what is due now. */
  look(): void {
    this.#looksAgain = this.#looking !== undefined;
    if (this.#isStopped || this.#looksAgain) return;
    this.#looking = this.#look()
      .catch((thrown: unknown) => {
        this.#parts.logger.warn({ err: Fault.from(thrown) }, 'webhooks could not be looked after');
      })
      .finally(() => {
        this.#looking = undefined;
        if (this.#looksAgain) this.look();
      });
  }

  /** Resolves when the calls that were begun have ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopTimer?.();
    await this.#looking;
    await Promise.all(this.#underWay.values());
  }

  async #look(): Promise<void> {
    const { clock, database } = this.#parts;
    const nowMs = clock.nowMs();
    const busyWebhookIds = [...this.#underWay.keys()];
    const limit = maxParallel - busyWebhookIds.length;
    if (limit === 0) return;
    const due = await claimCalls(database, { nowMs, leaseEndsAtMs: nowMs + leaseMs, busyWebhookIds, limit });
    for (const call of due) {
      const done = this.#make(call)
        .catch((thrown: unknown) => {
          this.#parts.logger.warn({ err: Fault.from(thrown) }, 'what came of a webhook could not be kept');
        })
        .finally(() => {
          this.#underWay.delete(call.webhookId);
          this.look();
        });
      this.#underWay.set(call.webhookId, done);
    }
    if (nowMs - this.#cleanedUpAtMs < retentionMs / 100) return;
    this.#cleanedUpAtMs = nowMs;
    await deleteEndedCalls(database, nowMs - retentionMs);
  }

  async #make(call: DueCall): Promise<void> {
    const { caller, clock, database, logger } = this.#parts;
    const fault = await caller.call(call).then(
      () => undefined,
      (thrown: unknown) => Fault.from(thrown),
    );
    const nowMs = clock.nowMs();
    if (!fault) return endCall(database, call.id, nowMs);
    const { attempts, createdAtMs, host, scopeKey, webhookId } = call;
    const isOver = nowMs - createdAtMs >= giveUpAfterMs;
    const about = { err: fault, host, webhook: webhookId, scope: scopeKey, attempts };
    logger.warn(
      about,
      isOver ? 'a webhook was given up' : 'a webhook could not be called: it is called again',
    );
    if (isOver) await this.#giveUp(call, nowMs);
    else await postponeCall(database, call.id, nowMs + backoffMs(attempts - 1, pauses));
  }

  async #giveUp({ body, eventId, host, id, scopeKey, webhookId }: DueCall, nowMs: number): Promise<void> {
    const { bus, database } = this.#parts;
    bus.publishDurable(webhookGivenUp, { scopeKey, webhookId, host, body }, `${eventId}:${id}`);
    await bus.durablePublished();
    await endCall(database, id, nowMs);
  }
}
