import { backoffMs } from '@weir/service-kit/backoff';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { onAbort } from '@weir/service-kit/on-abort';
import { SecretIndex } from '@weir/service-kit/secrets/secret-index';
import { listModels, ModelListRefused } from './adapters/model-listing.ts';
import type { Upstreams } from './adapters/upstreams.ts';
import { isStored, secretsOf, type Provider, type ProviderModel } from './domain/provider.ts';
import type { ModelListing, TenantCatalogues } from './domain/tenant-catalogues.ts';
import type { RealKeys } from './engine/engine-dependencies.ts';

interface Dependencies {
  readonly catalogues: TenantCatalogues;
  readonly upstreams: Upstreams;
  readonly realKeys: RealKeys;
  /** From one listing to the next. */
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A listing that is kept up to date until it is aborted. */
interface Following {
  /** Which credentials it asks with. */
  readonly credentials: string;
  readonly stopping: AbortController;
}

const timeoutMs = 10_000;
const updateDelayMs = 100;
/** From a first failure to the next try; it doubles with each further failure, up to the interval. */
const firstRetryMs = 2_000;
/** Statuses of hosts that have no list of models. */
const noSuchRoute = [404, 405, 501];
/** Statuses that another credential of the provider may not get. Google and xAI refuse a key by 400. */
const credentialStatuses = [400, 401, 403, 429];

/** Fetches the providers' lists of models, again and again. A provider that does not respond keeps the list it had. */
export class ModelDiscovery {
  readonly #dependencies: Dependencies;
  /** By the listing's key. */
  readonly #following = new Map<string, Following>();
  #isStopped = false;
  #isUpdateDue = false;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Begins with the listings that are new or have other credentials than before, and ends those that are no more. Resolves
   * when every one that it began has been tried once.
   */
  async update(): Promise<void> {
    if (this.#isStopped) return;
    const { catalogues } = this.#dependencies;
    const listings = new Map(catalogues.listings().map((listing) => [listing.key, listing]));
    for (const [key, { stopping }] of this.#following) {
      if (listings.has(key)) continue;
      stopping.abort();
      this.#following.delete(key);
      catalogues.deleteList(key);
    }
    await Promise.all([...listings.values()].map((listing) => this.#follow(listing)));
  }

  /** Updates in a moment: many credentials may change at once. */
  updateSoon(): void {
    if (this.#isUpdateDue) return;
    this.#isUpdateDue = true;
    this.#dependencies.clock.after(updateDelayMs, () => {
      this.#isUpdateDue = false;
      void this.update();
    });
  }

  stop(): void {
    this.#isStopped = true;
    for (const { stopping } of this.#following.values()) stopping.abort();
  }

  async #follow(listing: ModelListing): Promise<void> {
    const credentials = listing.provider.credentials.map(({ digest }) => digest).join();
    const present = this.#following.get(listing.key);
    if (present?.credentials === credentials) return;
    present?.stopping.abort();
    const stopping = new AbortController();
    this.#following.set(listing.key, { credentials, stopping });
    await this.#keepListed(listing, stopping.signal, 0);
  }

  async #keepListed(listing: ModelListing, signal: AbortSignal, failures: number): Promise<void> {
    const { intervalMs, clock } = this.#dependencies;
    const isListed = await this.#list(listing, signal);
    if (signal.aborted) return;
    const waitMs = isListed
      ? intervalMs
      : backoffMs(failures, { firstMs: firstRetryMs, longestMs: intervalMs });
    const stopTimer = clock.after(waitMs, () => {
      stopListening();
      void this.#keepListed(listing, signal, isListed ? 0 : failures + 1);
    });
    const stopListening = onAbort(signal, stopTimer);
  }

  async #list(listing: ModelListing, stopping: AbortSignal): Promise<boolean> {
    const { catalogues, logger } = this.#dependencies;
    const { key, provider } = listing;
    try {
      const models = await this.#fetch(provider, AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]));
      if (stopping.aborted) return false;
      catalogues.setList(listing, models);
      logger.debug({ listing: key, models: models.length }, 'a provider has listed its models');
      return true;
    } catch (error) {
      if (stopping.aborted) return false;
      if (error instanceof ModelListRefused && noSuchRoute.includes(error.status))
        catalogues.setList(listing);
      logger.warn({ err: error, listing: key }, 'a provider did not list its models');
      return false;
    }
  }

  /** With one credential after the other, as long as they are rejected or cannot be opened. */
  async #fetch(provider: Provider, signal: AbortSignal): Promise<ProviderModel[]> {
    const { upstreams, realKeys, logger } = this.#dependencies;
    const upstream = upstreams.of(provider);
    let refused: unknown;
    for (const kept of provider.credentials.length > 0 ? provider.credentials : [undefined]) {
      try {
        const credential = isStored(kept) ? await realKeys.open(kept) : kept;
        let unreadable = 0;
        const listed = await listModels(
          provider.dialect,
          (path) => upstream.get(path, { credential, signal }),
          () => unreadable++,
        );
        const models = withSafeIds(listed, secretsOf(provider, credential));
        unreadable += listed.length - models.length;
        if (unreadable > 0) {
          const { name } = provider;
          logger.warn({ provider: name, unreadable }, "entries of a provider's list are no models");
        }
        return models;
      } catch (thrown) {
        refused = thrown;
        const isRefused = thrown instanceof ModelListRefused && credentialStatuses.includes(thrown.status);
        if (!isRefused && !(thrown instanceof Fault && thrown.code === 'no_target_available')) break;
      }
    }
    throw refused;
  }
}

/** In one line, without white space at its ends and without characters that are not seen. */
const visibleName = /^(?!\s)[^\p{C}\p{Zl}\p{Zp}]+(?<!\s)$/u;

/** The models whose names may stand anywhere: a list is shown to callers, and its names are values of labels in metrics. */
function withSafeIds(models: readonly ProviderModel[], secrets: readonly string[]): ProviderModel[] {
  const index = new SecretIndex();
  for (const secret of secrets) index.add(secret);
  const isSafe = (name: string) => visibleName.test(name) && !index.isRepeatedIn(name);
  return models.filter(({ id, aliases = [] }) => [id, ...aliases].every(isSafe));
}
