import { Fault } from '@weir/service-kit/fault';

/** What is too large will be so again: nobody should ask for it, and pay for it, a second time. */
export function responseTooLarge(maxBytes: number): Fault {
  return new Fault('upstream_answer_too_large', { cause: new Error(`Larger than ${maxBytes} bytes`) });
}
