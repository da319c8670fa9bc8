import { Fault } from '@weir/service-kit/fault';

/** No event of a stream is longer, in characters: a tool call's arguments may come whole, an image may not. */
export const maxEventLength = 8 * 1024 * 1024;

export function tooLong(): Fault {
  const cause = new Error(`An event is longer than ${maxEventLength} characters`);
  return new Fault('upstream_invalid_response', { cause });
}
