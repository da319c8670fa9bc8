/** A part of a list, as the admin API gives it. */
export interface Page<Item> {
  readonly data: Item[];
  readonly has_more: boolean;
  /** The `after` of the next part. */
  readonly next: string | null;
}

/** A page ends after this, however many more were asked for: it has to fit into one message. */
const maxPageBytes = 4 * 1024 * 1024;

/** Of items of which one more was read than the page may have. */
export function toPage<Item extends { readonly id: string }>(
  items: readonly Item[],
  limit: number,
): Page<Item> {
  return toPageBy(items, limit, ({ id }) => id);
}

/** The same of items that are told apart by something else. */
export function toPageBy<Item>(
  items: Iterable<Item>,
  limit: number,
  afterOf: (last: Item) => string,
): Page<Item> {
  const data: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const last = data.at(-1);
    if (last !== undefined && (data.length === limit || bytes >= maxPageBytes))
      return { data, has_more: true, next: afterOf(last) };
    data.push(item);
    bytes += Buffer.byteLength(JSON.stringify(item));
  }
  return { data, has_more: false, next: null };
}
