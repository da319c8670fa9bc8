import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Envelope } from '@weir/contracts/envelope';
import type { Clock } from '@weir/service-kit/clock';
import type { Authenticated } from './admission.ts';
import { maxTimeoutMs } from './config.ts';
import { invalidHeader } from './domain/request-headers.ts';
import type { ResponseWriter } from './http/response-writer.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the answer goes: there from the first hook on. */
    responseWriter: ResponseWriter;
    /** There once the request is admitted. */
    authenticated: Authenticated | undefined;
  }
}

/** What is known of every request that was admitted, where its pipeline begins. */
export interface RequestContext {
  readonly headers: IncomingHttpHeaders;
  /** On whose behalf the request is made, and what travels with it on the bus. */
  readonly authenticated: Authenticated;
  readonly envelope: Envelope;
  readonly response: ResponseWriter;
}

export interface ChatContext extends RequestContext {
  /** As the client sent it. */
  readonly body: Buffer;
}

export interface ModelContext extends RequestContext {
  readonly modelId: string;
}

/** The context of a request, with a deadline that begins now. Throws `invalid_header`. */
export type CreateContext = (request: FastifyRequest) => RequestContext;

interface ContextParts {
  clock: Clock;
  /** How long a request may take whose headers do not say. */
  timeoutMs: number;
}

export const createContextFactory =
  ({ clock, timeoutMs }: ContextParts): CreateContext =>
  ({ authenticated, headers, responseWriter: response }) => {
    if (!authenticated) throw new Error('A route that admits nobody has no context.');
    const { requestId, traceparent } = response;
    const { access, actor, caller, metadata, tenant } = authenticated;
    const envelope = {
      requestId,
      tenant,
      traceparent,
      deadlineAtMs: clock.nowMs() + timeoutFromHeaders(headers, timeoutMs),
      ...(caller && { caller }),
      ...(access && { access }),
      ...(metadata && { metadata }),
      ...(actor && { actor }),
    };
    return { authenticated, envelope, headers, response };
  };

/** The headers that set a time-out in milliseconds; the first that is there counts. */
const timeoutHeaders = ['x-weir-timeout-ms', 'x-portkey-request-timeout'];

function timeoutFromHeaders(headers: IncomingHttpHeaders, defaultMs: number): number {
  const name = timeoutHeaders.find((header) => headers[header] !== undefined);
  if (name === undefined) return defaultMs;
  const value = headers[name];
  const timeoutMs = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (timeoutMs < 1 || timeoutMs > maxTimeoutMs) {
    throw invalidHeader(name, `must be a whole number of milliseconds from 1 to ${maxTimeoutMs}`);
  }
  return timeoutMs;
}
