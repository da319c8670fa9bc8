import type { CacheResult } from '@weir/contracts/cache/order';

/** What the cache had for a request. It is said of every completion, be it that the cache was off. */
export function cacheHeaders(result: CacheResult | undefined): readonly string[] {
  const { status = 'off', entry, similarity, ageSeconds } = result ?? {};
  const headers = ['x-weir-cache', status];
  if (entry !== undefined) headers.push('x-weir-cache-entry', entry);
  if (similarity !== undefined) headers.push('x-weir-cache-similarity', similarity.toFixed(4));
  if (ageSeconds !== undefined) headers.push('age', String(ageSeconds));
  return headers;
}

/** The same as Portkey says it. */
export function portkeyCacheStatus({ status, isRefresh, isSemantic }: Partial<CacheResult> = {}): string {
  if (status === 'hit-exact') return 'HIT';
  if (status === 'hit-semantic') return 'SEMANTIC HIT';
  if (status !== 'miss') return 'DISABLED';
  if (isRefresh) return 'REFRESH';
  return isSemantic ? 'SEMANTIC MISS' : 'MISS';
}
