import { Fault } from '@weir/service-kit/fault';
import type { Clock } from '@weir/service-kit/clock';
import type { Failure } from '../domain/failure.ts';
import type { Verdict } from '../domain/health/health.ts';

const firstMs = 500;
const maxMs = 5_000;

/** How long to wait before the nth retry (from 0): exponential with full jitter, so that callers do not come back together. */
function backoffMs(retry: number, random: () => number): number {
  return random() * Math.min(maxMs, firstMs * 2 ** retry);
}

/** A timer may go off a little before its time, and the target would still be resting then. */
const timerSlackMs = 3;

interface Retry {
  readonly failure: Failure;
  /** What is known of the target's credentials. */
  readonly verdicts: readonly Verdict[];
  readonly usesRetryAfter: boolean;
  /** How many retries there have been. */
  readonly retry: number;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
  readonly random: () => number;
}

/** How long to wait before a target is asked again; undefined where its circuits are open, and it is not to be asked at all. */
export function retryPauseMs({ failure, verdicts, usesRetryAfter, retry, nowMs, random }: Retry) {
  if (verdicts.every(({ state }) => state === 'open')) return undefined;
  const restsUntilMs = Math.min(...verdicts.map(({ retryAtMs = nowMs }) => retryAtMs));
  // What was told last is known to health, by credential: the one that is free first counts.
  if (restsUntilMs > nowMs) return restsUntilMs - nowMs + timerSlackMs;
  const { retryAfterMs = 0 } = failure.fault.details;
  return usesRetryAfter && retryAfterMs > 0 ? retryAfterMs : backoffMs(retry, random);
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
