import type { ChatRequest } from '@weir/contracts/chat/request';
import { systemClock } from '@weir/service-kit/clock';
import type { Fault } from '@weir/service-kit/fault';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { Upstreams, type UpstreamSettings } from '../src/adapters/upstreams.ts';
import { Catalogue } from '../src/domain/catalogue.ts';
import type { Provider } from '../src/domain/provider.ts';
import { createCompleteChat } from '../src/endpoints/complete-chat.ts';
import { demoProviders } from '../src/providers/demo.ts';
import { createUpstreamMetrics } from '../src/upstream-metrics.ts';
import { CollectingReply } from './collecting-reply.ts';

const settings: UpstreamSettings = {
  connectTimeoutMs: 1_000,
  firstByteTimeoutMs: 5_000,
  idleTimeoutMs: 5_000,
  keepAliveMs: 5_000,
  maxAnswerBytes: 1024 * 1024,
};

interface Asked {
  readonly reply: CollectingReply;
  /** Resolves with the Fault that the endpoint threw, if it did. */
  readonly done: Promise<Fault | undefined>;
}

/** The endpoint with everything behind it, over no bus: a provider at `url` for each dialect, as in the demo. */
export function createCompleter(url: string, overrides: Partial<UpstreamSettings> = {}) {
  return createCompleterOf(demoProviders(url), overrides);
}

export function createCompleterOf(providers: readonly Provider[], overrides: Partial<UpstreamSettings> = {}) {
  const metrics = createMetrics('router');
  const handler = createCompleteChat({
    catalogue: new Catalogue(providers),
    upstreams: new Upstreams({ ...settings, ...overrides }),
    defaultOutputTokens: 16_384,
    metrics: createUpstreamMetrics(metrics),
    clock: systemClock,
    logger: createLogger({ service: 'router', instance: 'test', level: 'silent' }),
  });
  return {
    metrics,
    ask(chat: Partial<ChatRequest>, { signal = new AbortController().signal } = {}): Asked {
      const reply = new CollectingReply();
      const data: ChatRequest = {
        model: 'openai/x',
        messages: [{ role: 'user', content: 'Say hi' }],
        ...chat,
      };
      const envelope = {
        requestId: 'req_1',
        tenant: 'default',
        traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
        deadlineAtMs: Date.now() + 60_000,
      };
      const done = handler({ data, envelope, signal }, reply).then(
        () => undefined,
        (fault: unknown) => fault as Fault,
      );
      return { reply, done };
    },
  };
}
