interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
  /** From 0 to 1: how much of the pause is left to chance, so that those who failed together do not try again together. */
  readonly jitter?: number;
  /** From 0 up to and without 1. */
  readonly random?: () => number;
}

/** How long to wait after the failure of this number, from 0: twice as long after each, up to the longest. */
export function backoffMs(
  failures: number,
  { firstMs, longestMs, jitter = 0, random = Math.random }: Backoff,
): number {
  const fullMs = Math.min(firstMs * 2 ** failures, longestMs);
  return jitter === 0 ? fullMs : fullMs * (1 - jitter * random());
}
