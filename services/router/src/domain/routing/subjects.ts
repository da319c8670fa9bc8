import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Subject } from '../health/health.ts';
import type { Credential, Provider } from '../provider.ts';
import type { Access } from './candidate.ts';
import type { HealthScope } from './target.ts';

/** Models may be callers' words, and so may hosts: so many models are kept of a provider. */
const maxKept = 10_000;
const maxKeptOfConfig = 32;

/** One credential of a provider, and what the subjects have in common that are asked with it. */
interface Root {
  readonly credential: Credential | undefined;
  readonly common: Omit<Subject, 'model'>;
}

/** What is known of a provider, and its ways in by model and scope. */
interface Known {
  readonly roots: readonly Root[];
  readonly accesses: LRUCache<string, readonly Access[]>;
}

/** The ways into each provider and model, made once for each. */
export class Subjects {
  readonly #known = new WeakMap<Provider, Known>();

  of(provider: Provider, model: string, scope: HealthScope): readonly Access[] {
    const { roots, accesses } = this.#knownOf(provider);
    const name = scope.id === '' ? model : `${scope.id} ${model}`;
    const known = accesses.get(name);
    if (known) return known;
    const made = roots.map(({ credential, common }) => ({
      credential,
      subject: {
        ...common,
        model,
        key: `${common.key} ${name}`,
        isShared: common.isShared && scope.isShared,
      },
    }));
    accesses.set(name, made);
    return made;
  }

  #knownOf(provider: Provider): Known {
    const existing = this.#known.get(provider);
    if (existing) return existing;
    const credentials = provider.credentials.length > 0 ? provider.credentials : [undefined];
    const max = provider.isOfConfig ? maxKeptOfConfig : maxKept;
    const known = {
      roots: credentials.map((credential) => toRoot(provider, credential)),
      accesses: new LRUCache<string, readonly Access[]>({ max }),
    };
    this.#known.set(provider, known);
    return known;
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
