import { type Clock, isDoneWithin } from '@weir/service-kit/clock';

/** What was waited for was not there in time. It goes on, and what comes of it is dropped. */
export class TimeLimitExceeded extends Error {
  override readonly name = 'TimeLimitExceeded';
}

export async function withinTime<T>(work: Promise<T>, limitMs: number, clock: Clock): Promise<T> {
  if (await isDoneWithin(work, limitMs, clock)) return work;
  throw new TimeLimitExceeded(`not done within ${limitMs} ms`);
}
