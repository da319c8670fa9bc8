import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '@weir/service-kit/fault';
import { maxTimeoutMs } from '../config.ts';

/** The headers that set a time-out in milliseconds; the first that is there counts. */
const timeoutHeaders = ['x-weir-timeout-ms', 'x-portkey-request-timeout'];

/** How long a request may take: as its headers say, else by default. */
export function timeoutOf(headers: IncomingHttpHeaders, defaultMs: number): number {
  const name = timeoutHeaders.find((header) => headers[header] !== undefined);
  if (name === undefined) return defaultMs;
  const value = headers[name];
  const timeoutMs = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (timeoutMs < 1 || timeoutMs > maxTimeoutMs) {
    const message = `The header ${name} must be a whole number of milliseconds from 1 to ${maxTimeoutMs}.`;
    throw new Fault('invalid_header', { message, param: name });
  }
  return timeoutMs;
}
