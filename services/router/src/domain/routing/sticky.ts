import { fieldReader, type RequestFields } from '@weir/service-kit/request-fields';

/**
 * What the caller of a request is known by: the values of these fields; undefined where it has none of them. With a
 * lifetime the key is another after each, at a time of its own, so that not all callers move at once.
 */
export function stickyKey(
  fields: RequestFields,
  paths: readonly string[],
  ttlMs: number | undefined,
  nowMs: number,
): string | undefined {
  const values = paths.map((path) => fieldReader(path)(fields) ?? null);
  if (values.every((value) => value === null)) return undefined;
  const caller = JSON.stringify(values);
  if (ttlMs === undefined) return caller;
  const offsetMs = toFraction(mix(hash(caller))) * ttlMs;
  return `${caller}${Math.floor((nowMs + offsetMs) / ttlMs)}`;
}

/**
 * The indexes of all members with a weight, best first, by weighted rendezvous hashing: every replica gives the same for a
 * key, shares over many keys follow the weights, and a member that leaves or comes moves only the keys that it had or
 * gets. `ids` must differ from each other.
 */
export function stickyOrder(key: string, weights: readonly number[], ids: readonly string[]): number[] {
  const start = hash(key);
  const times = new Float64Array(ids.length);
  const order: number[] = [];
  for (const [index, id] of ids.entries()) {
    const weight = weights[index] ?? 0;
    if (weight <= 0) continue;
    // The time until the first event at the rate `weight`: whose comes first, is drawn in proportion to the rates.
    times[index] = -Math.log(toFraction(mix(hash(id, start)))) / weight;
    order.push(index);
  }
  return order.sort((one, other) => (times[one] ?? 0) - (times[other] ?? 0));
}

/** FNV-1a over UTF-16 code units, on from `state`. */
function hash(text: string, state = 0x811c9dc5): number {
  let mixed = state;
  for (let at = 0; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01000193);
  return mixed;
}

/** MurmurHash3's finalizer: of a text's last characters FNV-1a lets too little come into the upper bits. */
function mix(hashed: number): number {
  let mixed = Math.imul(hashed ^ (hashed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Above 0 and below 1. */
function toFraction(hashed: number): number {
  return ((hashed >>> 0) + 0.5) / 2 ** 32;
}
