import type { Provider } from '../provider.ts';
import type { Access } from './candidate.ts';

/** How many models of one provider are kept, times their health scopes: both may be callers' words. */
const maxKept = 1_000;

/** The ways into each provider and model, made once for each. They live as long as the provider. */
export class Subjects {
  readonly #byProvider = new WeakMap<Provider, Map<string, readonly Access[]>>();

  /** `scope` is a policy's `healthScope`. */
  of(provider: Provider, model: string, scope: string): readonly Access[] {
    const existing = this.#byProvider.get(provider);
    const kept = existing ?? new Map<string, readonly Access[]>();
    if (!existing) this.#byProvider.set(provider, kept);
    const key = scope === '' ? model : `${scope} ${model}`;
    const known = kept.get(key);
    if (known) return known;
    if (kept.size >= maxKept) kept.clear();
    const accesses = toAccesses(provider, model, scope);
    kept.set(key, accesses);
    return accesses;
  }
}

function toAccesses(provider: Provider, model: string, scope: string): readonly Access[] {
  const { host } = new URL(provider.baseUrl);
  const credentials = provider.credentials.length > 0 ? provider.credentials : [undefined];
  return credentials.map((credential) => {
    const fingerprint = credential?.fingerprint ?? '';
    return {
      credential,
      subject: {
        key: JSON.stringify([provider.name, provider.baseUrl, model, fingerprint, scope]),
        provider: provider.name,
        model,
        host,
        credential: fingerprint,
      },
    };
  });
}
