import type { completeChat } from '@weir/contracts/router';
import type { StreamHandler } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { traceIdOf } from '@weir/service-kit/trace-context';
import type { Upstreams } from '../adapters/upstreams.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { withShortWords } from '../dialects/short-word.ts';
import { attributeTo } from '../domain/fault-details.ts';
import { toTarget } from '../domain/target.ts';
import type { UpstreamMetrics } from '../upstream-metrics.ts';
import { attempt } from './attempt.ts';

interface Dependencies {
  readonly catalogue: Catalogue;
  readonly upstreams: Upstreams;
  /** The cap on the output of a request that sets none. */
  readonly defaultOutputTokens: number;
  readonly metrics: UpstreamMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Completes a chat at the provider that the model's name leads to. One attempt; what goes wrong is a Fault. */
export function createCompleteChat(dependencies: Dependencies): StreamHandler<typeof completeChat> {
  const { catalogue, upstreams, defaultOutputTokens, metrics, clock, logger } = dependencies;

  return async ({ data: chat, envelope, signal }, reply) => {
    const entry = catalogue.resolve(chat.model);
    const provider = entry.provider.name;
    const model = entry.model.id;
    const upstream = upstreams.of(entry.provider);
    const wire = upstream.dialect.request(chat, toTarget(entry, defaultOutputTokens));

    const startedAtMs = performance.now();
    const elapsedMs = () => performance.now() - startedAtMs;
    try {
      const { usage, body } = await attempt({
        upstream,
        wire,
        isStreamed: chat.stream === true,
        context: {
          requestId: envelope.requestId,
          model,
          createdAtS: Math.floor(clock.nowMs() / 1_000),
          choices: chat.n ?? 1,
          includeUsage: chat.stream_options?.include_usage === true,
        },
        head: { provider, model, warnings: wire.warnings },
        reply,
        signal,
        onContent: () => {
          metrics.observeFirstToken(provider, elapsedMs());
        },
      });
      reply.end({ usage: withShortWords(usage), upstreamMs: elapsedMs() }, body);
      metrics.observe(provider, 'ok', elapsedMs());
    } catch (thrown) {
      const fault = attributeTo(provider, Fault.from(thrown));
      metrics.observe(provider, fault.code, elapsedMs());
      if (fault.owner === 'provider') {
        const { requestId, traceparent } = envelope;
        const cause = fault.cause instanceof Error ? fault.cause.message : undefined;
        const traceId = traceIdOf(traceparent);
        logger.warn({ code: fault.code, cause, provider, requestId, traceId }, 'a provider failed');
      }
      throw fault;
    }
  };
}
