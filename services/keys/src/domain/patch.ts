import type { ExpectedRevision } from '@weir/contracts/admin/fields';
import { Fault } from '@weir/service-kit/fault';

/** Throws `revision_conflict` where what is there is not what a change expects to find. */
export function assertRevision({ revision }: { revision: number }, expected: ExpectedRevision): void {
  if (expected === undefined || expected === 'any' || expected === revision) return;
  throw new Fault('revision_conflict');
}

/** Some fields of a row. One that is not given stays as it is; null is a value. */
export type Patch<Row> = { readonly [Field in keyof Row]?: Row[Field] | undefined };

export function applyPatch<Row extends object>(row: Row, patch: Patch<Row>): Row {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  return { ...row, ...Object.fromEntries(given) };
}
