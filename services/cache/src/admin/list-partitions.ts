import type { listCachePartitions } from '@weir/contracts/admin/cache';
import { organisationWithin } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';

/** How right the semantic answers of a partition were, as far as anybody has looked. Times are Unix time in milliseconds. */
export interface PartitionRecord {
  readonly partition: string;
  readonly organisation: string;
  readonly model: string;
  readonly right: number;
  readonly wrong: number;
  /** Until when it serves no semantic answers; in the past where it does. */
  readonly stoppedUntilMs: number;
  readonly updatedAtMs: number;
}

/** Those that were judged last come first; `next` begins the page after, where there may be one. */
export interface PartitionList {
  list(asked: {
    organisation?: string;
    after?: string;
    limit: number;
  }): Promise<{ readonly partitions: readonly PartitionRecord[]; readonly next?: string }>;
}

interface Dependencies {
  readonly partitions: PartitionList;
  readonly clock: Clock;
}

/** Tells admins how right semantic answers were: those of one organisation where they reach no other. */
export function createListPartitions({
  partitions,
  clock,
}: Dependencies): EndpointHandler<typeof listCachePartitions> {
  return async ({ data: { after, limit, organisation_id }, envelope }) => {
    const organisation = organisationWithin(envelope, organisation_id);
    const within = organisation === undefined ? {} : { organisation };
    const page = await partitions.list({ limit, ...within, ...(after !== undefined && { after }) });
    const nowMs = clock.nowMs();
    return {
      data: page.partitions.map((record) => ({
        id: record.partition,
        organisation_id: record.organisation,
        model: record.model,
        right: record.right,
        wrong: record.wrong,
        status: record.stoppedUntilMs > nowMs ? ('stopped' as const) : ('serving' as const),
        updated_at: new Date(record.updatedAtMs).toISOString(),
      })),
      has_more: page.next !== undefined,
      next: page.next ?? null,
    };
  };
}
