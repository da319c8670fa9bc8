import type { FastifyError } from 'fastify';
import type { FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';

const faultCodes: Partial<Record<string, FaultCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'invalid_request',
};

/** What Fastify throws, by our names. */
export function frameworkFault(error: FastifyError | Fault): Fault {
  if (error instanceof Fault) return error;
  const code = faultCodes[error.code];
  return code ? new Fault(code, { cause: error }) : Fault.from(error);
}
