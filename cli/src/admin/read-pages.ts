import type { AdminClient } from '@weir/admin-client/admin-client';
import type { AdminEndpoint } from '@weir/contracts/admin/admin-endpoint';

interface Page {
  readonly data: readonly unknown[];
  readonly has_more: boolean;
  readonly next: string | null;
}

/** The most that the API gives at once. */
const maxPageItems = 500;

/** The first `limit` items of a list, from as many pages as it takes, as one page. What stands beside the items is the first page's. Where it ends is where a page ends. */
export async function readPages(
  client: AdminClient,
  endpoint: AdminEndpoint,
  input: Readonly<Record<string, unknown>>,
  limit: number,
): Promise<Page> {
  const data: unknown[] = [];
  let first: Page | undefined;
  let after: unknown = input['after'];
  for (;;) {
    const size = Math.min(limit - data.length, maxPageItems);
    const page = (await client.call(endpoint, {
      ...input,
      limit: size,
      ...(after !== undefined && { after }),
    })) as Page;
    first ??= page;
    data.push(...page.data);
    after = page.next ?? undefined;
    if (!page.has_more || after === undefined || data.length >= limit) {
      const { has_more, next } = page;
      return { ...first, data, has_more, next };
    }
  }
}
