/** Unix times in milliseconds: from the first, up to and without the second. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export const quarterMs = 900_000;

interface SplitOptions extends TimeRange {
  /** Parts of the time that are summed apart, by `floor(time / bucketMs)`. */
  readonly bucketMs?: number | undefined;
  /** The beginnings of quarters of an hour whose rollups cannot be used. */
  readonly dirtyMs: readonly number[];
}

/**
 * A time in two: whole quarters of an hour whose rollups can be used, and the rest, for which only the ledger's rows will do:
 * where it begins and ends within a quarter, where a quarter is in two parts that are summed apart, and what is dirty.
 */
export function splitTime(options: SplitOptions): { rollups: TimeRange[]; ledger: TimeRange[] } {
  const { fromMs, toMs, bucketMs, dirtyMs } = options;
  if (toMs <= fromMs) return { rollups: [], ledger: [] };
  if (bucketMs !== undefined && bucketMs < quarterMs) return { rollups: [], ledger: [{ fromMs, toMs }] };
  const unusable = new Set(dirtyMs.filter((atMs) => atMs + quarterMs > fromMs && atMs < toMs));
  for (const borderMs of [fromMs, toMs, ...bordersOf(options)]) {
    if (borderMs % quarterMs !== 0) unusable.add(quarterOf(borderMs));
  }
  const ledger: TimeRange[] = [];
  const rollups: TimeRange[] = [];
  let doneMs = fromMs;
  for (const quarter of [...unusable].sort((a, b) => a - b)) {
    const [beginMs, endMs] = [Math.max(quarter, fromMs), Math.min(quarter + quarterMs, toMs)];
    if (beginMs > doneMs) rollups.push({ fromMs: doneMs, toMs: beginMs });
    const last = ledger.at(-1);
    if (last?.toMs === beginMs) ledger[ledger.length - 1] = { fromMs: last.fromMs, toMs: endMs };
    else ledger.push({ fromMs: beginMs, toMs: endMs });
    doneMs = endMs;
  }
  if (doneMs < toMs) rollups.push({ fromMs: doneMs, toMs });
  return { rollups, ledger };
}

/** Where one part ends and the next begins, as far as that can be within a quarter of an hour. */
function* bordersOf({ fromMs, toMs, bucketMs }: SplitOptions): Generator<number> {
  if (bucketMs === undefined || bucketMs % quarterMs === 0) return;
  for (let atMs = Math.ceil(fromMs / bucketMs) * bucketMs; atMs < toMs; atMs += bucketMs) yield atMs;
}

function quarterOf(atMs: number): number {
  return Math.floor(atMs / quarterMs) * quarterMs;
}
