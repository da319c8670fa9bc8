import type { Clock } from '../clock.ts';

/** Whether the work is done within this time; it goes on where it is not. */
export function isDoneWithin(work: Promise<unknown>, limitMs: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = clock.after(limitMs, () => {
      resolve(false);
    });
    void work.then(() => {
      stop();
      resolve(true);
    });
  });
}
