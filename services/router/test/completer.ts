import type { LookupFunction } from 'node:net';
import type { Envelope } from '@weir/contracts/envelope';
import type { ChatRequest } from '@weir/contracts/chat/request';
import { routingConfigSchema } from '@weir/contracts/routing/config';
import { targetHealth } from '@weir/contracts/routing/buckets';
import { installationScope, limitsKey, spendingLimits, type ScopeLimits } from '@weir/contracts/cost/limits';
import type { ModelPrice } from '@weir/contracts/cost/prices';
import type { AttemptMade } from '@weir/contracts/usage-events';
import { type Clock, systemClock } from '@weir/service-kit/clock';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Fault } from '@weir/service-kit/fault';
import { createLogger, type Logger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import { MemoryStore } from '@weir/testkit/memory-store';
import { createAdmission } from '../src/admission/create-admission.ts';
import { PriceBook } from '@weir/pricing/price-book';
import { createPrices, type Prices } from '../src/domain/prices.ts';
import { Upstreams, type UpstreamSettings } from '../src/adapters/upstreams.ts';
import { AssistantPrefills } from '../src/domain/assistant-prefill.ts';
import { HealthRegistry } from '../src/health/health-registry.ts';
import { LoadTracker } from '../src/domain/health/load-tracker.ts';
import { RetryBudget } from '../src/domain/routing/retry-budget.ts';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import type { Provider } from '../src/domain/provider.ts';
import { noStoredCredentials, type StoredCredentialIndex } from '../src/domain/stored-credential-index.ts';
import { TenantCatalogues } from '../src/domain/tenant-catalogues.ts';
import { TenantProviders } from '../src/domain/tenant-providers.ts';
import { compileConfig } from '../src/domain/routing/compile.ts';
import { TargetSelector } from '../src/domain/routing/target-selector.ts';
import { createCompleteChat } from '../src/endpoints/complete-chat.ts';
import type { EngineDependencies, RealKeys } from '../src/engine/engine-dependencies.ts';
import { Mirrors } from '../src/engine/mirrors.ts';
import { demoProviders } from '../src/providers/demo.ts';
import { ProviderDirectory } from '../src/providers/directory.ts';
import { createUpstreamMetrics } from '../src/engine/upstream-metrics.ts';
import { createCostMetrics } from '../src/billing/cost-metrics.ts';
import type { AdmissionParts } from '../src/admission/admission-parts.ts';
import { FakeCost, scopeLimits } from './fake-cost.ts';
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

interface CompleterOptions {
  readonly upstream?: Partial<UpstreamSettings>;
  /** A routing config as its users write it; none by default. */
  readonly config?: unknown;
  /** Under which it is stored; inline by default. */
  readonly configName?: string;
  readonly configRevision?: string;
  readonly random?: () => number;
  readonly credentials?: StoredCredentialIndex;
  readonly realKeys?: RealKeys;
  /** What is limited; nothing by default. `unknown`: the cost service has not said yet. */
  readonly limits?: readonly ScopeLimits[] | 'unknown';
  readonly cost?: FakeCost;
  readonly admission?: Partial<AdmissionParts['settings']>;
  readonly unpricedModels?: 'budgeted' | 'refuse';
  readonly priceOf?: Prices['of'];
  readonly clock?: Clock;
  /** Of all providers' hosts; the system's by default. */
  readonly lookup?: LookupFunction;
  /** That this process has never stood still, unless given, however busy the machine is. */
  readonly stalls?: EngineDependencies['stalls'];
  readonly logger?: Logger;
}

/** A dollar for a million tokens of input, two for as many of output. */
export const aPrice: ModelPrice = {
  id: 'host/m@1',
  rates: { input: 1_000_000_000, output: 2_000_000_000 },
};

const noRealKeys: RealKeys = { open: () => Promise.reject(new Error('No credential is stored.')) };

interface AskOptions {
  readonly signal?: AbortSignal;
  readonly metadata?: Record<string, string>;
  readonly envelope?: Partial<Envelope>;
  readonly timeoutMs?: number;
}

const nowMs = () => performance.now();

/** The endpoint with everything behind it, over no bus: a provider at `url` for each dialect, as in the demo. */
export function createCompleter(url: string, upstream: Partial<UpstreamSettings> = {}) {
  return createCompleterOf(demoProviders(url), { upstream });
}

/** The same with providers and a routing config of the test's own. */
export function createCompleterOf(providers: readonly Provider[], options: CompleterOptions = {}) {
  const { upstream = {}, config, configName = 'inline', random = Math.random } = options;
  const { credentials = noStoredCredentials, realKeys = noRealKeys } = options;
  const metrics = createMetrics('router');
  const { clock = systemClock, cost = new FakeCost(), limits = [] } = options;
  const { logger = createLogger({ service: 'router', instance: 'test', level: 'silent' }) } = options;
  const hostPolicy = new HostPolicy([]);
  const tenantProviders = new TenantProviders({ providers, credentials });
  const catalogues = new TenantCatalogues({ providers: tenantProviders });
  const load = new LoadTracker({ nowMs });
  const store = new MemoryStore(targetHealth);
  const onTransition = () => undefined;
  const health = new HealthRegistry({ store, instance: 'test', clock, random, logger, onTransition });
  const prices = createPrices({ book: new PriceBook(), clock });
  const defaultOutputTokens = 16_384;
  const limitsStore = new MemoryStore(spendingLimits);
  const known = limits === 'unknown' ? [] : [...limits, scopeLimits(installationScope, [])];
  for (const each of known) limitsStore.putRaw(limitsKey(each.scope), JSON.stringify(each));
  const admission = createAdmission({
    bus: cost.bus as Bus,
    clock,
    logger,
    metrics,
    settings: {
      onFailure: 'closed',
      waitMs: 1_000,
      sliceTokens: 4_096,
      defaultOutputTokens,
      ...options.admission,
    },
    store: limitsStore,
  });
  const attempts: AttemptMade[] = [];
  const engine: EngineDependencies = {
    selector: new TargetSelector({
      providers: tenantProviders,
      catalogues,
      health,
      load,
      prices,
      defaultOutputTokens,
      clock,
      random,
    }),
    realKeys,
    upstreams: new Upstreams({
      settings: { ...settings, ...upstream },
      hostPolicy,
      ...(options.lookup && { lookup: options.lookup }),
    }),
    health,
    load,
    retryBudget: new RetryBudget({ nowMs }),
    prefills: new AssistantPrefills(),
    billing: {
      prices: { of: options.priceOf ?? (() => aPrice) },
      catalogues,
      admission,
      metrics: createCostMetrics(metrics),
      logger,
      unpricedModels: options.unpricedModels ?? 'budgeted',
    },
    report: (attempt) => attempts.push(attempt),
    defaultOutputTokens,
    stalls: options.stalls ?? { stalledMsSince: () => 0 },
    metrics: createUpstreamMetrics(metrics),
    clock,
    random,
    logger,
  };
  const finder = new ProviderDirectory({ configured: providers, hostPolicy });
  const owner = { id: configName, isStored: config === undefined || configName !== 'inline' };
  const compiled = compileConfig(routingConfigSchema.parse(config ?? {}), finder, owner);
  const resolved = {
    name: config === undefined ? undefined : configName,
    ...(options.configRevision !== undefined && { revision: options.configRevision }),
    compiled,
  };
  const mirrors = new Mirrors(engine);
  const handler = createCompleteChat({
    credentials: { assertKnown: () => undefined },
    configs: { resolve: () => resolved },
    engine,
    mirrors,
  });
  return {
    metrics,
    cost,
    admission,
    limitsStore,
    /** What was reported of all attempts, in the order in which they ended. */
    attempts,
    health,
    load,
    mirrors,
    ask: (chat: Partial<ChatRequest>, asked: AskOptions = {}): Asked => {
      const { signal = new AbortController().signal, metadata, timeoutMs = 60_000, ...rest } = asked;
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
        deadlineAtMs: Date.now() + timeoutMs,
        ...(metadata && { metadata }),
        ...rest.envelope,
      };
      const body = Buffer.from(JSON.stringify(data));
      const done = handler({ data, body, envelope, signal }, reply).then(
        () => undefined,
        (fault: unknown) => fault as Fault,
      );
      return { reply, done };
    },
  };
}
