import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { HealthKey } from '../health/health.ts';
import type { Credential, Provider } from '../provider.ts';
import type { CredentialSlot } from './available-target.ts';
import type { HealthScope } from './compiled-config.ts';

/** Callers may make up model names, and bring hosts with their configs: so many models are kept of one provider. */
const maxModels = { ofOperator: 10_000, ofConfig: 32 };

/** One credential of a provider, and what its health keys have in common. */
interface CredentialBase {
  readonly credential: Credential | undefined;
  readonly healthKey: Omit<HealthKey, 'model'>;
}

interface ProviderSlots {
  readonly bases: readonly CredentialBase[];
  /** By the model, and the health scope where it is not the router's own. */
  readonly byModel: LRUCache<string, readonly CredentialSlot[]>;
}

/** The credential slots of each provider and model. They are made once, since each request needs them. */
export class CredentialSlots {
  readonly #byProvider = new WeakMap<Provider, ProviderSlots>();

  of(provider: Provider, model: string, scope: HealthScope): readonly CredentialSlot[] {
    const { bases, byModel } = this.#slotsOf(provider);
    const name = scope.id === '' ? model : `${scope.id} ${model}`;
    const known = byModel.get(name);
    if (known) return known;
    const slots = bases.map(({ credential, healthKey }) => ({
      credential,
      healthKey: {
        ...healthKey,
        model,
        id: `${healthKey.id} ${name}`,
        isShared: healthKey.isShared && scope.isShared,
      },
    }));
    byModel.set(name, slots);
    return slots;
  }

  #slotsOf(provider: Provider): ProviderSlots {
    const existing = this.#byProvider.get(provider);
    if (existing) return existing;
    const credentials = provider.credentials.length > 0 ? provider.credentials : [undefined];
    const slots = {
      bases: credentials.map((credential) => toBase(provider, credential)),
      byModel: new LRUCache<string, readonly CredentialSlot[]>({
        max: provider.isOfConfig ? maxModels.ofConfig : maxModels.ofOperator,
      }),
    };
    this.#byProvider.set(provider, slots);
    return slots;
  }
}

function toBase({ name, baseUrl, isOfConfig }: Provider, credential: Credential | undefined): CredentialBase {
  const identity = JSON.stringify([name, baseUrl, credential?.digest ?? null]);
  return {
    credential,
    healthKey: {
      // A digest, since a URL may be long and hold a secret in its path.
      id: createHash('sha256').update(identity).digest('base64url').slice(0, 22),
      provider: name,
      host: new URL(baseUrl).host,
      credential: credential?.fingerprint ?? '',
      isShared: isOfConfig !== true,
    },
  };
}
