import type { LimitState } from '@weir/contracts/cost/admission';

/**
 * Of each unit the limit with the least room, by OpenAI's names: `x-ratelimit-remaining-requests` and their like. Money has
 * a header of our own. Names and values in turn.
 */
export function limitHeaders(limits: readonly LimitState[], nowMs: number): string[] {
  return limits.flatMap((limit) => {
    const { unit, remaining, resetAtMs } = limit;
    switch (unit) {
      case 'usd':
        return ['x-weir-budget-remaining-usd', remaining];
      case 'requests':
      case 'tokens': {
        const headers = [
          `x-ratelimit-limit-${unit}`,
          limit.limit,
          `x-ratelimit-remaining-${unit}`,
          remaining,
        ];
        const reset =
          resetAtMs === undefined ? [] : [`x-ratelimit-reset-${unit}`, duration(resetAtMs - nowMs)];
        return [...headers, ...reset];
      }
      case 'parallel_requests':
        return [];
    }
  });
}

/** As OpenAI writes it: `1s`, `6m0s`, `1h0m0s`, in whole seconds, rounded up. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours > 0) return `${hours}h${minutes}m${rest}s`;
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}
