import type { FastifyError } from 'fastify';
import type { FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';

const faultCodes: Partial<Record<string, FaultCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_BAD_URL: 'invalid_request',
  // The client went away while it was sending the body.
  ECONNRESET: 'client_closed_request',
};

/** What Fastify throws, by our names. */
export function frameworkFault(error: FastifyError | Fault): Fault {
  if (error instanceof Fault) return error;
  const code = faultCodes[error.code];
  return code ? new Fault(code, { cause: error }) : Fault.from(error);
}
