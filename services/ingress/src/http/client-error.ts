import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Fault } from '@weir/service-kit/fault';
import { errorBody } from '../domain/error-body.ts';
import type { RequestTracker } from './request-tracker.ts';

/**
 * Answers what is no HTTP request, or has not arrived in time. Where the request's head had been understood its
 * answer fails in the usual way; behind another request nothing may be written, since it would be taken for that
 * request's answer.
 */
export function handleClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  tracker: RequestTracker,
): void {
  const fault = faultOf(error.code);
  const writers = tracker.onSocket(socket);
  if (writers.length === 0 && socket.writable) socket.write(rawResponse(fault));
  for (const writer of writers) if (writer.isReceiving) writer.fail(fault);
  socket.destroySoon();
}

function faultOf(code: string | undefined): Fault {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Fault('body_timeout', { message: 'The request did not arrive in time.' });
  }
  if (code === 'HPE_HEADER_OVERFLOW') return new Fault('headers_too_large');
  return new Fault('invalid_request', { message: 'The request is not valid HTTP.' });
}

function rawResponse(fault: Fault): string {
  const body = errorBody(fault);
  return [
    `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status] ?? ''}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-should-retry: ${fault.retryable}`,
    '',
    body,
  ].join('\r\n');
}
