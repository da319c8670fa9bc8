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
export function portkeyCacheStatus(result: CacheResult | undefined): string {
  switch (result?.status) {
    case 'hit-exact':
      return 'HIT';
    case 'hit-semantic':
      return 'SEMANTIC HIT';
    case 'miss':
      if (result.isRefresh) return 'REFRESH';
      return result.isSemantic ? 'SEMANTIC MISS' : 'MISS';
    default:
      return 'DISABLED';
  }
}
