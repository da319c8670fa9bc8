import type { ExpectedRevision } from '@weir/contracts/admin/fields';
import { Fault } from '@weir/service-kit/fault';

/** Throws `revision_conflict` where what is there is not what a change expects to find. */
export function assertRevision({ revision }: { revision: number }, expected: ExpectedRevision): void {
  if (expected === undefined || expected === 'any' || expected === revision) return;
  throw new Fault('revision_conflict');
}
