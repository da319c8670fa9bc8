import type { Limit, ScopeLimits } from '@weir/contracts/cost/limits';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Database } from '@weir/service-kit/database/database';
import type { Query } from '@weir/service-kit/database/query';
import { integerColumn, rows } from '@weir/service-kit/database/rows';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { z } from 'zod';
import { checkCounters, type CounterCheckParts, type CounterDrift } from './counter-check.ts';
import type { DriftReport } from './drift-report.ts';
import { addMissingCorrections } from './missing-corrections.ts';
import { checkRollups } from './rollup-check.ts';

interface ReconciliationParts extends CounterCheckParts {
  readonly bus: Pick<Bus, 'publishDurable'>;
  readonly database: Database;
  readonly intervalMs: number;
  /** All scopes that have limits, by their keys in the bucket `spending-limits`. */
  readonly limits: () => Iterable<readonly [key: string, ScopeLimits]>;
  readonly logger: Logger;
  readonly report: DriftReport;
  /** Forgets what a limit's counter has, so that it is counted anew from the ledger. */
  readonly reseed: (scopeLimits: ScopeLimits, limit: Limit) => Promise<void>;
}

/** So many scopes are compared in a round; the next one goes on after them. */
const scopesPerRound = 500;
/** Connections to Postgres are needed for other things too. */
const scopesAtOnce = 4;
/** Beside today and yesterday one more day is compared in each round: so many of them in turn. */
const olderDays = 60;
const dayMs = 86_400_000;

const takeTurn: Query = {
  name: 'reconciliation.take-turn',
  text: `update reconciliation set due_at = now() + $1 * interval '1 millisecond', rounds = rounds + 1
    where due_at <= now() returning rounds, after_scope`,
};
const rememberScope: Query = {
  name: 'reconciliation.remember-scope',
  text: 'update reconciliation set after_scope = $1',
};

const turnSchema = z.object({ rounds: integerColumn, after_scope: z.string() });

/** Compares the accounts with each other again and again, one replica at a time, and tells of what differs before it is mended. */
export class Reconciliation {
  readonly #parts: ReconciliationParts;
  readonly #stopped = new AbortController();
  #working: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(parts: ReconciliationParts) {
    this.#parts = parts;
  }

  start(): void {
    const { clock, intervalMs, logger } = this.#parts;
    // Several replicas ask whether it is time, a few times in each interval.
    this.#stopTimer = clock.every(intervalMs / 4, () => {
      this.#working ??= this.round()
        .then(() => undefined)
        .catch((thrown: unknown) => {
          if (this.#stopped.signal.aborted) return;
          logger.warn({ err: Fault.from(thrown) }, 'accounts could not be compared; it is tried again');
        })
        .finally(() => {
          this.#working = undefined;
        });
    });
  }

  async stop(): Promise<void> {
    this.#stopTimer?.();
    this.#stopped.abort(new Fault('service_unavailable'));
    await this.#working;
  }

  /** One round, where it is time. Resolves with whether it was. */
  async round(): Promise<boolean> {
    const { bus, clock, database, intervalMs, report } = this.#parts;
    const [turn] = rows(turnSchema, await database.query(takeTurn, [intervalMs]));
    if (!turn) return false;
    const days = [0, 1, 2 + (turn.rounds % olderDays)].map((ago) => dayText(clock.nowMs() - ago * dayMs));
    report.rollups(await checkRollups(database, days));
    report.corrections(await addMissingCorrections(database, bus));
    await this.#compareCounters(turn.after_scope);
    return true;
  }

  async #compareCounters(afterScope: string): Promise<void> {
    const { database, limits, report, reseed } = this.#parts;
    const all = [...limits()]
      .filter(([, each]) => each.limits.length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const following = all.filter(([key]) => key > afterScope);
    const chosen = (following.length > 0 ? following : all).slice(0, scopesPerRound);
    const drifts: CounterDrift[] = [];
    for (let at = 0; at < chosen.length; at += scopesAtOnce) {
      const checks = chosen
        .slice(at, at + scopesAtOnce)
        .map(([, scopeLimits]) => checkCounters(scopeLimits, this.#parts, this.#stopped.signal));
      drifts.push(...(await Promise.all(checks)).flat());
    }
    // Told before it is mended: afterwards nobody sees it any more.
    report.counters(drifts);
    for (const { limit, scopeLimits } of drifts) await reseed(scopeLimits, limit);
    await database.query(rememberScope, [chosen.at(-1)?.[0] ?? '']);
  }
}

const dayText = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
