import { randomUUID } from 'node:crypto';
import { changeMade } from '@weir/contracts/audit-events';
import type { DataOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';

/** What was changed, without a secret. */
export type Change = Pick<
  DataOf<typeof changeMade>,
  'action' | 'organisation' | 'target' | 'before' | 'after'
>;

/** Tells the audit log of what admins have changed. */
export interface ChangeLog {
  /** Where no admin is behind the request, there is nothing to tell. */
  record(envelope: Envelope, change: Change): void;
}

export function createChangeLog({
  bus,
  clock,
}: {
  bus: Pick<Bus, 'publishDurable'>;
  clock: Clock;
}): ChangeLog {
  return {
    record({ requestId, actor }, change) {
      if (!actor) return;
      const { id, organisation, address } = actor;
      const who = { id, address, ...(organisation !== undefined && { organisation }) };
      bus.publishDurable(changeMade, { atMs: clock.nowMs(), requestId, actor: who, ...change }, randomUUID());
    },
  };
}
