import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '@weir/service-kit/logger';
import type { Metrics } from '@weir/service-kit/metrics';
import { continueTrace } from '@weir/service-kit/trace-context';
import { Answer } from './answer.ts';
import { createMeasures } from './measures.ts';

interface TrafficParts {
  logger: Logger;
  metrics: Metrics;
  /** How long the client of a finished answer may take none of it. */
  flushTimeoutMs: number;
}

/** Routes that are asked every few seconds by machines, and that nobody wants to read about. */
const quietRoutes = new Set(['/health', '/ready', '/metrics']);

/** Every request that is being answered: counted, measured, logged when it is over, and known by its connection. */
export class Traffic {
  /** Set when the process begins to stop: from then on every answer is its connection's last. */
  isDraining = false;
  readonly #open = new Map<Answer, Socket>();
  readonly #logger: Logger;
  readonly #flushTimeoutMs: number;
  readonly #measures: ReturnType<typeof createMeasures>;
  #whenIdle: PromiseWithResolvers<void> | undefined;

  constructor({ logger, metrics, flushTimeoutMs }: TrafficParts) {
    this.#logger = logger;
    this.#flushTimeoutMs = flushTimeoutMs;
    this.#measures = createMeasures(metrics, () => this.#open.size);
  }

  get open(): Answer[] {
    return [...this.#open.keys()];
  }

  begin(request: FastifyRequest, reply: FastifyReply): Answer {
    const { traceparent } = request.headers;
    const answer = new Answer({
      response: reply.raw,
      requestId: request.id,
      traceparent: continueTrace(typeof traceparent === 'string' ? traceparent : undefined),
      flushTimeoutMs: this.#flushTimeoutMs,
      isLast: () => this.isDraining,
      onClose: () => {
        this.#finished(request, answer);
      },
    });
    this.#open.set(answer, request.raw.socket);
    return answer;
  }

  /** What is being answered on a connection. */
  on(socket: Socket): Answer[] {
    return this.open.filter((answer) => this.#open.get(answer) === socket);
  }

  /** Resolves when nothing is being answered. */
  idle(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    this.#whenIdle ??= Promise.withResolvers();
    return this.#whenIdle.promise;
  }

  #finished(request: FastifyRequest, answer: Answer): void {
    this.#open.delete(answer);
    const route = request.routeOptions.url ?? 'none';
    this.#measures.finished({ answer, route });
    this.#log(request, answer, route);
    if (this.#open.size > 0) return;
    this.#whenIdle?.resolve();
    this.#whenIdle = undefined;
  }

  #log(request: FastifyRequest, answer: Answer, route: string): void {
    const { elapsedMs, fault, requestId, status, tenant } = answer;
    // Every other fault is foreseen: its code says it all, and whoever met its cause has logged that.
    if (fault?.code === 'internal_error') this.#logger.error({ requestId, err: fault }, 'request failed');
    const level = quietRoutes.has(route) ? 'debug' : status >= 500 ? 'warn' : 'info';
    if (!this.#logger.isLevelEnabled(level)) return;
    const latencyMs = Math.round(elapsedMs * 100) / 100;
    this.#logger[level](
      { method: request.method, route, status, latencyMs, requestId, tenant, code: fault?.code },
      'request',
    );
  }
}
