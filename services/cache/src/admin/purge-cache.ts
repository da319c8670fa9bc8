import { randomUUID } from 'node:crypto';
import type { purgeCache } from '@weir/contracts/admin/cache';
import type { CachePurge, cachePurges } from '@weir/contracts/cache/purges';
import type { RequestOf } from '@weir/contracts/descriptors';
import type { ChangeLog } from '@weir/service-kit/admin/change-log';
import { organisationWithin } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Store } from '@weir/service-kit/bus/store';
import { type Clock, isDoneWithin } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { PurgeSweeper } from '../purges/purge-sweeper.ts';

interface Dependencies {
  readonly store: Pick<Store<typeof cachePurges>, 'put'>;
  readonly sweeper: Pick<PurgeSweeper, 'begin'>;
  readonly changeLog: ChangeLog;
  /** That all replicas share. */
  readonly clock: Clock;
  /** Of requests' deadlines. */
  readonly processClock: Clock;
}

/** How long an answer waits for the deletion, and how long before its deadline it is there. */
const patienceMs = 8_000;
const spareMs = 1_000;

/**
 * Purges at once: every replica follows the bucket, and neither serves what is in it nor keeps answers to requests of before.
 * What was purged is deleted then, the rest of it after the answer.
 */
export function createPurgeCache({
  store,
  sweeper,
  changeLog,
  clock,
  processClock,
}: Dependencies): EndpointHandler<typeof purgeCache> {
  return async ({ data, envelope }) => {
    assertNamed(data);
    const { key_id: key, model, namespace, older_than_seconds: olderThanSeconds = 0, team_id: team } = data;
    const organisation = organisationWithin(envelope, data.organisation_id);
    const id = randomUUID();
    const purge: CachePurge = {
      ...{ organisation, team, key, namespace, model },
      beforeMs: clock.nowMs() - olderThanSeconds * 1_000,
    };
    await store.put(id, purge);
    changeLog.record(envelope, {
      action: 'cache.purge',
      organisation: organisation ?? null,
      target: { kind: 'cache', id },
      before: null,
      after: { ...purge },
    });
    const sweep = sweeper.begin(id, purge);
    const waitMs = Math.min(patienceMs, envelope.deadlineAtMs - processClock.nowMs() - spareMs);
    // It holds already: that it cannot be deleted now is no failure of the purge.
    await isDoneWithin(sweep.done, Math.max(0, waitMs), clock).catch(() => false);
    return { purged: sweep.purged, complete: sweep.isComplete };
  };
}

/** Everything is purged by who says so, and not by who has forgotten to say what. */
function assertNamed({ all, ...named }: RequestOf<typeof purgeCache>): void {
  const isNamed = Object.values(named).some((value) => value !== undefined);
  if (isNamed !== (all === true)) return;
  throw new Fault('invalid_request', {
    message: isNamed
      ? '"all" is everything: it cannot be said with anything else.'
      : 'Say what is to be purged: an organisation, a team, a key, a namespace, a model, an age, or "all".',
    param: 'all',
  });
}
