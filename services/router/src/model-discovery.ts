import { backoffMs } from '@weir/service-kit/backoff';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import { modelListings } from './adapters/model-listing.ts';
import type { UpstreamResponse } from './adapters/upstream-response.ts';
import type { Upstreams } from './adapters/upstreams.ts';
import type { Catalogue } from './domain/catalogue.ts';
import type { Provider } from './domain/provider.ts';

interface Dependencies {
  readonly catalogue: Catalogue;
  readonly upstreams: Upstreams;
  /** From one listing to the next. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const timeoutMs = 10_000;
/** From a first failure to the next try; it doubles with each further failure, up to the interval. */
const firstRetryMs = 2_000;
/** Statuses of hosts that have no list of models. */
const noSuchRoute = [404, 405, 501];
/** Statuses that another credential of the provider may not get. */
const credentialStatuses = [401, 403, 429];

/** Fetches the providers' lists of models, again and again. A provider that does not respond keeps the list it had. */
export class ModelDiscovery {
  readonly #dependencies: Dependencies;
  readonly #stopping = new AbortController();
  /** For each provider, stops the timer of its next listing. */
  readonly #stopTimers = new Map<Provider, () => void>();

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves when every provider has been tried once. */
  async start(): Promise<void> {
    const { catalogue } = this.#dependencies;
    const discovering = catalogue.providers.filter(({ discoversModels }) => discoversModels);
    await Promise.all(discovering.map((provider) => this.#keepListed(provider, 0)));
  }

  stop(): void {
    this.#stopping.abort();
    for (const stopTimer of this.#stopTimers.values()) stopTimer();
  }

  async #keepListed(provider: Provider, failures: number): Promise<void> {
    const { intervalMs, clock } = this.#dependencies;
    const isListed = await this.#list(provider);
    if (this.#stopping.signal.aborted) return;
    const waitMs = isListed
      ? intervalMs
      : backoffMs(failures, { firstMs: firstRetryMs, longestMs: intervalMs });
    const stopTimer = clock.after(waitMs, () => {
      void this.#keepListed(provider, isListed ? 0 : failures + 1);
    });
    this.#stopTimers.set(provider, stopTimer);
  }

  async #list(provider: Provider): Promise<boolean> {
    const { catalogue, logger } = this.#dependencies;
    try {
      const { path, read } = modelListings[provider.dialect];
      const answer = await this.#fetch(provider, path);
      if (noSuchRoute.includes(answer.status)) catalogue.expectNoList(provider);
      const text = await answer.text();
      if (!answer.isSuccess) throw new Error(`The provider answered ${answer.status}`);
      const models = read(JSON.parse(text));
      catalogue.replaceModels(provider, models);
      logger.debug({ provider: provider.name, models: models.length }, 'a provider has listed its models');
      return true;
    } catch (error) {
      if (!this.#stopping.signal.aborted) {
        logger.warn({ err: error, provider: provider.name }, 'a provider did not list its models');
      }
      return false;
    }
  }

  /** With one credential after the other, as long as they are rejected. */
  async #fetch(provider: Provider, path: string): Promise<UpstreamResponse> {
    const upstream = this.#dependencies.upstreams.of(provider);
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(timeoutMs)]);
    const [first, ...others] = provider.credentials;
    let answer = await upstream.get(path, { credential: first, signal });
    for (const credential of others) {
      if (!credentialStatuses.includes(answer.status)) break;
      answer.discard();
      answer = await upstream.get(path, { credential, signal });
    }
    return answer;
  }
}
