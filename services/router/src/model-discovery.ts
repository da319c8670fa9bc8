import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import { modelListings } from './adapters/model-listing.ts';
import type { Upstreams } from './adapters/upstreams.ts';
import type { Catalogue } from './domain/catalogue.ts';
import type { Provider } from './domain/provider.ts';

interface Dependencies {
  readonly catalogue: Catalogue;
  readonly upstreams: Upstreams;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const timeoutMs = 10_000;

/**
 * Asks providers which models they have, now and at an interval, without anybody waiting for it. One that does not
 * answer keeps the list it had. Returns a function that ends it.
 */
export function startModelDiscovery({
  catalogue,
  upstreams,
  intervalMs,
  clock,
  logger,
}: Dependencies): () => void {
  const stopping = new AbortController();
  const discover = async (provider: Provider): Promise<void> => {
    try {
      const { path, read } = modelListings[provider.dialect];
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(timeoutMs)]);
      const answer = await upstreams.of(provider).get(path, signal);
      const text = await answer.text();
      if (!answer.isSuccess) throw new Error(`The provider answered ${answer.status}`);
      const models = read(JSON.parse(text));
      catalogue.replaceModels(provider, models);
      logger.debug({ provider: provider.name, models: models.length }, 'a provider has listed its models');
    } catch (error) {
      if (stopping.signal.aborted) return;
      logger.warn({ err: error, provider: provider.name }, 'a provider did not list its models');
    }
  };
  const discoverAll = () => {
    for (const provider of catalogue.providers) if (provider.discoversModels) void discover(provider);
  };
  discoverAll();
  const stopTimer = clock.every(intervalMs, discoverAll);
  return () => {
    stopTimer();
    stopping.abort();
  };
}
