import { Fault } from '@weir/service-kit/fault';

/**
 * No answer that comes whole, and no event of a stream, is larger, in bytes. The bus carries 8 MiB a message; the rest
 * is for what is added on the way. A tool call's arguments may come whole, an image may not.
 */
export const maxResponseBytes = 7 * 1024 * 1024;

/** What is too large will be so again: nobody should ask for it, and pay for it, a second time. */
export function responseTooLarge(maxBytes: number): Fault {
  return new Fault('upstream_answer_too_large', { cause: new Error(`Larger than ${maxBytes} bytes`) });
}
