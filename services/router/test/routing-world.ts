import type { RoutingAccess } from '@weir/contracts/access-policy';
import type { ChatRequest } from '@weir/contracts/chat/request';
import { routingConfigSchema } from '@weir/contracts/routing/config';
import { Fault } from '@weir/service-kit/fault';
import { FakeClock } from '@weir/testkit/fake-clock';
import type { HealthTracker, HealthStatus } from '../src/domain/health/health.ts';
import type { Load } from '../src/domain/health/load-tracker.ts';
import type { Prices } from '../src/domain/prices.ts';
import type { Provider, ProviderModel } from '../src/domain/provider.ts';
import { TenantCatalogues } from '../src/domain/tenant-catalogues.ts';
import { TenantProviders } from '../src/domain/tenant-providers.ts';
import { compileConfig } from '../src/domain/routing/compile.ts';
import type { ProviderFinder } from '../src/domain/routing/provider-finder.ts';
import type { TargetPlan } from '../src/domain/routing/target-plan.ts';
import { TargetSelector } from '../src/domain/routing/target-selector.ts';
import { aProvider } from './a-provider.ts';

/** A provider of which nothing matters but its name and models. */
export function namedProvider(name: string, models: readonly ProviderModel[] = []): Provider {
  return aProvider({ name, baseUrl: `https://${name}.example.com/v1`, models });
}

export const aChat: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };

/** A failure that every group moves on from unless it is told otherwise. */
export const outage = { fault: new Fault('upstream_error'), status: 500 };

export interface World {
  /** By provider name; `closed` where nothing is said. */
  readonly statuses: Map<string, HealthStatus>;
  /** By provider name; 0 where nothing is said. */
  readonly latencies: Map<string, number>;
  readonly inFlight: Map<string, number>;
  /** Of input, by provider name. */
  readonly prices: Map<string, number>;
  readonly clock: FakeClock;
  readonly selector: TargetSelector;
  /** As a stored config, or as one that a request has brought. */
  compile(config: unknown, isStored?: boolean): ReturnType<typeof compileConfig>;
  plan(config: unknown, options?: WalkOptions): TargetPlan;
  /** All targets that a request would be sent to, if each failed so, by their providers' names. */
  order(config: unknown, options?: WalkOptions): string[];
}

interface WalkOptions {
  readonly chat?: Partial<ChatRequest>;
  readonly metadata?: Record<string, string>;
  readonly access?: RoutingAccess;
  readonly isStored?: boolean;
}

/** Providers that are asked nothing, and whose state is what a test says. */
export function aWorld(providers: readonly Provider[], random: () => number = Math.random): World {
  const [statuses, latencies, inFlight, prices] = [
    new Map<string, HealthStatus>(),
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ];
  const clock = new FakeClock();
  const providerByKey = new Map<string, string>();
  const providerOf = (key: string) => providerByKey.get(key) ?? '';
  const health: HealthTracker = {
    statusOf({ id: key, provider }) {
      providerByKey.set(key, provider);
      return statuses.get(provider) ?? { state: 'closed' };
    },
    claimProbe: () => Promise.resolve({ by: 'test', untilMs: Infinity }),
    record: () => undefined,
  };
  const load: Load = {
    begin: () => ({ content: () => undefined, end: () => undefined }),
    inFlight: (key) => inFlight.get(providerOf(key)) ?? 0,
    cost: (key) => latencies.get(providerOf(key)) ?? 0,
    percentileMs: () => undefined,
  };
  const priceTable: Prices = {
    of({ name }) {
      const input = prices.get(name);
      return input === undefined ? undefined : { id: name, rates: { input, output: 0 } };
    },
  };
  const finder: ProviderFinder = {
    find: ({ provider: name = 'custom', customHost }) =>
      customHost === undefined
        ? (providers.find((provider) => provider.name === name) ?? {
            field: 'provider',
            message: 'is unknown',
          })
        : aProvider({ name, baseUrl: customHost, isOfConfig: true, isPublicHostOnly: true }),
  };
  const tenantProviders = new TenantProviders({ providers });
  const selector = new TargetSelector({
    providers: tenantProviders,
    catalogues: new TenantCatalogues({ providers: tenantProviders }),
    health,
    load,
    prices: priceTable,
    defaultOutputTokens: 1_000,
    clock,
    random,
  });
  const compile = (config: unknown, isStored = true) =>
    compileConfig(routingConfigSchema.parse(config), finder, { id: 'test', isStored });
  const plan: World['plan'] = (config, { chat, metadata = {}, access, isStored } = {}) =>
    selector.plan({
      config: compile(config, isStored),
      chat: { ...aChat, ...chat },
      metadata,
      tenant: 'default',
      access,
    });
  return {
    statuses,
    latencies,
    inFlight,
    prices,
    clock,
    selector,
    compile,
    plan,
    order(config, options) {
      const walked = plan(config, options);
      const asked: string[] = [];
      for (let next = walked.first(); next; next = walked.nextAfter(outage, next)) {
        asked.push(next.provider.name);
      }
      return asked;
    },
  };
}
