import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Subject } from '../health/health.ts';
import type { Credential, Provider } from '../provider.ts';
import type { Access } from './candidate.ts';
import type { HealthScope } from './target.ts';

/** Models and hosts may be callers' words: of what they name, so much is kept. */
const maxKept = 10_000;

/** One credential of a provider, and what the subjects have in common that are asked with it. */
interface Root {
  readonly credential: Credential | undefined;
  readonly common: Omit<Subject, 'model'>;
}

/** The ways into each provider and model, made once for each. */
export class Subjects {
  readonly #roots = new WeakMap<Provider, readonly Root[]>();
  readonly #kept = new LRUCache<string, readonly Access[]>({ max: maxKept });

  of(provider: Provider, model: string, scope: HealthScope): readonly Access[] {
    const roots = this.#rootsOf(provider);
    const suffix = ` ${scope.id} ${model}`;
    const key = (roots[0]?.common.key ?? '') + suffix;
    const known = this.#kept.get(key);
    // Two providers may be alike but for what is no part of a subject.
    if (known?.length === roots.length && known[0]?.credential === roots[0]?.credential) return known;
    const accesses = roots.map(({ credential, common }) => ({
      credential,
      subject: {
        ...common,
        model,
        key: common.key + suffix,
        isShared: common.isShared && scope.isShared,
      },
    }));
    this.#kept.set(key, accesses);
    return accesses;
  }

  #rootsOf(provider: Provider): readonly Root[] {
    const existing = this.#roots.get(provider);
    if (existing) return existing;
    const credentials = provider.credentials.length > 0 ? provider.credentials : [undefined];
    const roots = credentials.map((credential) => toRoot(provider, credential));
    this.#roots.set(provider, roots);
    return roots;
  }
}

function toRoot({ name, baseUrl, isOfConfig }: Provider, credential: Credential | undefined): Root {
  const identity = JSON.stringify([name, baseUrl, credential?.digest ?? null]);
  return {
    credential,
    common: {
      // A digest, since an address may be long, and hold a secret in its path.
      key: createHash('sha256').update(identity).digest('base64url').slice(0, 22),
      provider: name,
      host: new URL(baseUrl).host,
      credential: credential?.fingerprint ?? '',
      isShared: isOfConfig !== true,
    },
  };
}
