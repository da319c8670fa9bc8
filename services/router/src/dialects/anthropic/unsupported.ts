import { Fault } from '@weir/service-kit/fault';

/** A part of the request that Anthropic cannot be told of, and that cannot be left out without changing its meaning. */
export function unsupported(message: string, param: string): Fault {
  return new Fault('unsupported_parameter', { message, param });
}
