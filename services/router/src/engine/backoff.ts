import { Fault } from '@weir/service-kit/fault';
import type { Clock } from '@weir/service-kit/clock';

const firstMs = 500;
const maxMs = 5_000;

/** How long to wait before the nth retry (from 0): exponential with full jitter, so that callers do not come back together. */
export function backoffMs(retry: number, random: () => number): number {
  return random() * Math.min(maxMs, firstMs * 2 ** retry);
}

/** A pause up to this is made even where another target could be asked at once. */
export const shortPauseMs = maxMs;

/** A pause beyond this is not made at all: the caller had better come back itself. */
export const longestPauseMs = 60_000;

/** Resolves after `ms`. Throws the signal's reason, a Fault, as soon as it is aborted. */
export function pause(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      stop();
      reject(Fault.from(signal.reason));
    };
    const stop = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
