import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import type { AdminRoute } from '@weir/contracts/admin/admin-endpoint';
import { changeMade } from '@weir/contracts/audit-events';
import type { Actor } from '@weir/contracts/envelope';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Metrics } from '@weir/service-kit/metrics';

interface DeniedParts {
  readonly bus: Pick<Bus, 'publishDurable'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** For how long the audit log is not told again that a key was denied a route. */
const toldForMs = 10_000;

/** How many pairs of key and route are remembered. */
const maxTold = 10_000;

/** Admin calls that were denied. For the audit log: who holds a key and tries what it may not do is of interest. */
export class DeniedCalls {
  readonly #parts: DeniedParts;
  readonly #told: LRUCache<string, true>;
  readonly #denied;

  constructor(parts: DeniedParts) {
    const { clock, metrics } = parts;
    this.#parts = parts;
    const perf = { now: () => clock.nowMs() };
    this.#told = new LRUCache({ max: maxTold, ttl: toldForMs, ttlResolution: 0, perf });
    this.#denied = metrics.counter({
      name: 'admin_calls_denied_total',
      help: 'Calls of the admin API that the admin key may not make',
      labels: ['method', 'path'],
    });
  }

  /** Counts each, and tells the audit log of the first of many. */
  add({ method, path }: AdminRoute, { address, id, organisation }: Actor, requestId: string): void {
    const { bus, clock } = this.#parts;
    this.#denied.inc({ method, path });
    const route = `${method} ${path}`;
    const pair = `${id} ${route}`;
    if (this.#told.has(pair)) return;
    this.#told.set(pair, true);
    const denied = {
      atMs: clock.nowMs(),
      requestId,
      actor: { id, address, ...(organisation !== undefined && { organisation }) },
      action: 'denied',
      organisation: organisation ?? null,
      target: { kind: 'route', id: route },
      before: null,
      after: null,
    };
    bus.publishDurable(changeMade, denied, uuidv7());
  }
}
