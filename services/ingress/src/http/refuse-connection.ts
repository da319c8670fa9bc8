import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyError } from 'fastify';
import type { FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';
import { continueTrace, traceIdOf } from '@weir/service-kit/trace-context';
import { errorBody } from '../domain/error-body.ts';
import { isContinueExpected } from './request-head.ts';
import type { RequestTracker } from './request-tracker.ts';

interface RefusalParts {
  readonly tracker: RequestTracker;
  /** UUIDv7. */
  readonly createRequestId: () => string;
}

/**
 * Answers what is no request that could have a handler, and ends its connection. Where a request's head had been understood its
 * answer fails in the usual way; behind another request nothing may be written, since it would be taken for that request's
 * answer.
 */
export const createRefuseConnection =
  ({ tracker, createRequestId }: RefusalParts) =>
  (fault: Fault, socket: Duplex): void => {
    const writers = tracker.onSocket(socket);
    if (writers.length === 0 && socket.writable) {
      const requestId = createRequestId();
      socket.write(rawResponse(fault, requestId));
      tracker.refused(requestId, fault);
    }
    for (const writer of writers) if (writer.isReceiving) writer.fail(fault);
    endSoon(socket);
  };

export type RefuseConnection = ReturnType<typeof createRefuseConnection>;

/** Takes over what node would answer by itself, without a body and without ids. */
export function answerForNode(server: Server, refuseConnection: RefuseConnection): void {
  // Node would leave out what is beyond its own limit, in silence. The check of the head counts them.
  server.maxHeadersCount = 0;
  server.on('connect', (_request, socket) => {
    refuseConnection(new Fault('method_not_allowed'), socket);
  });
  server.on('checkContinue', (request, response) => {
    if (isContinueExpected(request.headers.expect)) response.writeContinue();
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (request, response) => {
    server.emit('request', request, response);
  });
}

/** What node says of a connection on which no request, or none in time, has come. */
export function connectionFault({ code }: NodeJS.ErrnoException): Fault {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Fault('body_timeout', { message: 'The request did not arrive in time.' });
  }
  if (code === 'HPE_HEADER_OVERFLOW') return new Fault('headers_too_large');
  return new Fault('invalid_request', { message: 'The request is not valid HTTP.' });
}

/** Once what was written has gone. */
function endSoon(socket: Duplex): void {
  // Whoever left before it has been told is nobody's failure.
  socket.on('error', () => undefined);
  socket.end(() => {
    socket.destroy();
  });
}

function rawResponse(fault: Fault, requestId: string): string {
  const body = errorBody(fault);
  return [
    `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status] ?? ''}`,
    `x-request-id: ${requestId}`,
    `x-weir-trace-id: ${traceIdOf(continueTrace(undefined))}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-should-retry: ${fault.retryable}`,
    '',
    body,
  ].join('\r\n');
}

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
