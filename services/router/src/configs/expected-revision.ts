import type { writeConfig } from '@weir/contracts/admin/routing-configs';
import type { RequestOf } from '@weir/contracts/descriptors';
import type { WriteOptions } from '@weir/service-kit/bus/store';

type ExpectedRevision = RequestOf<typeof writeConfig>['expectedRevision'];

/** What a change expects to find, as stores are told it. */
export function toWriteOptions(expected: ExpectedRevision): WriteOptions {
  if (expected === undefined) return {};
  return { expectedRevision: expected === 'none' ? 0 : expected };
}
