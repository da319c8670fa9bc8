import type { Clock } from '@weir/service-kit/clock';

/** What was waited for was not there in time. It goes on, and what comes of it is dropped. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded';
}

export function withinTime<T>(work: Promise<T>, limitMs: number, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(limitMs, () => {
      reject(new TimeLimitExceeded(`not done within ${limitMs} ms`));
    });
    work.then(resolve, reject).finally(stop);
  });
}
