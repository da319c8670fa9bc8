import { Fault } from '@weir/service-kit/fault';

/** Reads a piece of an answer. One that is nested too deeply to be walked is invalid, and no failure of ours. */
export function withinStack<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new Fault('upstream_invalid_response', { cause: thrown });
    throw thrown;
  }
}
