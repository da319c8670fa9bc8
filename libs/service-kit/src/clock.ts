import { onAbort } from './on-abort.ts';

/** Time, as a dependency: tests own theirs. */
export interface Clock {
  /** Unix time in milliseconds. */
  nowMs(): number;
  /** Calls `task` every `intervalMs` until the returned function is called. It keeps no process alive. */
  every(intervalMs: number, task: () => void): () => void;
  /** Calls `task` once, in `delayMs`, unless the returned function is called before. It keeps no process alive. */
  after(delayMs: number, task: () => void): () => void;
}

// Timers come before sockets are read. What arrived while the process stood still must be read before anything is
// called late, or it would be asked for, and paid for, twice.
export const systemClock: Clock = {
  nowMs: steadyTimeOfDay({ wallMs: () => Date.now(), monotonicMs: () => performance.now() }),
  every(intervalMs, task) {
    let due: NodeJS.Immediate | undefined;
    const timer = setInterval(() => {
      due = setImmediate(task);
    }, intervalMs).unref();
    return () => {
      clearInterval(timer);
      clearImmediate(due);
    };
  },
  after(delayMs, task) {
    let due: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      due = setImmediate(task);
    }, delayMs).unref();
    return () => {
      clearTimeout(timer);
      clearImmediate(due);
    };
  },
};

/** Above this a host's clock was plainly wrong before, as at its boot: it is believed at once, and what is under way may end by it. */
const maxSlewedMs = 60_000;

/** Of the time that passes. What is measured by the clock meanwhile is wrong by as much. */
const slewRate = 0.25;

/** How often the host's clock is looked at. */
const lookIntervalMs = 100;

/**
 * The host's time of day without its steps: where it is set by less than a minute, this follows over some minutes, and never goes back.
 * All time-outs and deadlines are measured by it, and none of them may end because a clock was set.
 */
export function steadyTimeOfDay({
  wallMs,
  monotonicMs,
}: {
  wallMs: () => number;
  monotonicMs: () => number;
}): () => number {
  let lookedAtMs = monotonicMs();
  let aheadMs = wallMs() - lookedAtMs;
  let errorMs = 0;
  /** What is made up for of the error that was found, so long after it was. */
  const correctionMs = (elapsedMs: number) => {
    const mostMs = Math.abs(errorMs) > maxSlewedMs ? Infinity : elapsedMs * slewRate;
    return Math.max(-mostMs, Math.min(mostMs, errorMs));
  };
  return () => {
    const nowMs = monotonicMs();
    if (nowMs - lookedAtMs >= lookIntervalMs) {
      aheadMs += correctionMs(nowMs - lookedAtMs);
      lookedAtMs = nowMs;
      errorMs = wallMs() - (nowMs + aheadMs);
    }
    return Math.floor(nowMs + aheadMs + correctionMs(nowMs - lookedAtMs));
  };
}

/** Whether the work is done within this time; where it is not, it goes on. Rejects where it fails within it. */
export function isDoneWithin(work: Promise<unknown>, limitMs: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(limitMs, () => {
      resolve(false);
    });
    work.then(
      () => {
        stop();
        resolve(true);
      },
      (error: unknown) => {
        stop();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** Resolves after this time, or as soon as the signal is aborted. */
export function waitUnlessAborted(delayMs: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const stopTimer = clock.after(delayMs, () => {
      forgetSignal();
      resolve();
    });
    const forgetSignal = onAbort(signal, () => {
      stopTimer();
      resolve();
    });
  });
}
