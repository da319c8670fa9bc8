import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import { continueTrace } from '@weir/service-kit/trace-context';
import { createHttpMetrics, noRoute } from './http-metrics.ts';
import { createLlmMetrics } from './llm-metrics.ts';
import type { RequestOutcome } from './request-outcome.ts';
import { ResponseWriter } from './response-writer.ts';

interface RequestTrackerParts {
  logger: Logger;
  metrics: Metrics;
  /** How long the client of a finished answer may take none of it. */
  flushTimeoutMs: number;
}

/** Routes that are asked every few seconds by machines, and that nobody wants to read about. */
const quietRoutes = new Set(['/health', '/ready', '/metrics']);

/** Every request that is being answered: counted, measured, logged when it is over, and known by its connection. */
export class RequestTracker {
  /** Set when the process begins to stop: from then on every answer is its connection's last. */
  isDraining = false;
  readonly #open = new Map<ResponseWriter, Duplex>();
  readonly #logger: Logger;
  readonly #flushTimeoutMs: number;
  readonly #metrics: ReturnType<typeof createHttpMetrics>;
  readonly #llmMetrics: ReturnType<typeof createLlmMetrics>;
  #whenIdle: PromiseWithResolvers<void> | undefined;

  constructor({ logger, metrics, flushTimeoutMs }: RequestTrackerParts) {
    this.#logger = logger;
    this.#flushTimeoutMs = flushTimeoutMs;
    this.#metrics = createHttpMetrics(metrics, () => this.#open.size);
    this.#llmMetrics = createLlmMetrics(metrics);
  }

  get open(): ResponseWriter[] {
    return [...this.#open.keys()];
  }

  begin(request: FastifyRequest, reply: FastifyReply): ResponseWriter {
    const { traceparent } = request.headers;
    const writer = new ResponseWriter({
      response: reply.raw,
      requestId: request.id,
      traceparent: continueTrace(typeof traceparent === 'string' ? traceparent : undefined),
      flushTimeoutMs: this.#flushTimeoutMs,
      closesConnection: () => this.isDraining,
      onEnded: (outcome) => {
        this.#ended(request, writer, outcome);
      },
    });
    this.#open.set(writer, request.raw.socket);
    return writer;
  }

  /** What is being answered on a connection. */
  onSocket(socket: Duplex): ResponseWriter[] {
    return this.open.filter((writer) => this.#open.get(writer) === socket);
  }

  /** What was no request that could have a handler: it was answered, and its connection has ended. */
  refused(requestId: string, { code, owner, status }: Fault): void {
    this.#metrics.refused({ code, owner, status });
    this.#logger.info({ route: noRoute, status, requestId, code }, 'connection refused');
  }

  /** Resolves when nothing is being answered. */
  idle(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    this.#whenIdle ??= Promise.withResolvers();
    return this.#whenIdle.promise;
  }

  /** A failure that its request's answer can no longer tell, since that is over, is told here. */
  failedLate(requestId: string, thrown: unknown): void {
    this.#logger.error({ requestId, err: thrown }, 'request failed after its answer');
  }

  #ended(request: FastifyRequest, writer: ResponseWriter, outcome: RequestOutcome): void {
    this.#open.delete(writer);
    const route = request.routeOptions.url ?? noRoute;
    this.#metrics.ended(route, outcome);
    this.#llmMetrics.ended(outcome);
    this.#log(request, route, outcome);
    if (this.#open.size > 0) return;
    this.#whenIdle?.resolve();
    this.#whenIdle = undefined;
  }

  #log(request: FastifyRequest, route: string, outcome: RequestOutcome): void {
    const { beganAtMs, endedAtMs, fault, status, tenant } = outcome;
    const requestId = request.id;
    // Every other fault is foreseen: its code says it all, and whoever met its cause has logged that.
    if (fault?.code === 'internal_error') this.#logger.error({ requestId, err: fault }, 'request failed');
    const level = quietRoutes.has(route) ? 'debug' : status >= 500 ? 'warn' : 'info';
    if (!this.#logger.isLevelEnabled(level)) return;
    const latencyMs = Math.round((endedAtMs - beganAtMs) * 100) / 100;
    this.#logger[level](
      { method: request.method, route, status, latencyMs, requestId, tenant, code: fault?.code },
      'request',
    );
  }
}
