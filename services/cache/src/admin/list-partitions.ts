import type { listCachePartitions } from '@weir/contracts/admin/cache';
import { organisationWithin } from '@weir/service-kit/admin/reach';
import type { EndpointHandler } from '@weir/service-kit/bus/bus';

/** How right the semantic answers of a partition were, as far as anybody has looked. */
export interface PartitionRecord {
  readonly id: string;
  readonly organisation: string;
  readonly model: string;
  readonly right: number;
  readonly wrong: number;
  /** It serves no semantic answers. */
  readonly isStopped: boolean;
  /** Unix time in milliseconds. */
  readonly updatedAtMs: number;
}

export interface PartitionList {
  /** Those that were judged last come first; `next` begins the page after, where there is one. */
  list(asked: {
    readonly organisation?: string;
    readonly after?: string;
    readonly limit: number;
  }): Promise<{ readonly partitions: readonly PartitionRecord[]; readonly next?: string }>;
}

/** Tells admins how right semantic answers were: those of one organisation where they reach no other. */
export function createListPartitions(partitions: PartitionList): EndpointHandler<typeof listCachePartitions> {
  return async ({ data: { after, limit, organisation_id }, envelope }) => {
    const organisation = organisationWithin(envelope, organisation_id);
    const page = await partitions.list({
      limit,
      ...(organisation !== undefined && { organisation }),
      ...(after !== undefined && { after }),
    });
    return {
      data: page.partitions.map((record) => ({
        id: record.id,
        organisation_id: record.organisation,
        model: record.model,
        right: record.right,
        wrong: record.wrong,
        status: record.isStopped ? ('stopped' as const) : ('serving' as const),
        updated_at: new Date(record.updatedAtMs).toISOString(),
      })),
      has_more: page.next !== undefined,
      next: page.next ?? null,
    };
  };
}
