import type { Attribution } from '@weir/contracts/cost/admission';
import {
  installationScope,
  limitsKey,
  type Scope,
  type ScopeKind,
  type ScopeLimits,
  type spendingLimits,
} from '@weir/contracts/cost/limits';
import { anyEndUser } from '@weir/pricing/attribution-scopes';
import type { Store } from '@weir/service-kit/bus/store';
import { compileNamePattern } from '@weir/service-kit/name-pattern';

/** The model of an attempt, by its names: a limit's pattern is of `model` or `provider/model`, in whatever case, as prices are. */
export interface NamedModel {
  readonly provider: string;
  readonly model: string;
}

type LimitsModel = (model: NamedModel) => boolean;

/** By organisation (empty for scopes that are of none), then by id. */
type ScopesOfKind = Map<string, Map<string, LimitsModel>>;

/**
 * This router's copy of what is limited, by which it knows without a hop that nothing limits an attempt. What is left of a
 * limit only the cost service knows.
 */
export class SpendingLimits {
  readonly #store: Pick<Store<typeof spendingLimits>, 'get'>;
  readonly #byKind = new Map<ScopeKind, ScopesOfKind>();
  /** By the bucket's key: a key that is gone does not say whose it was. */
  readonly #scopes = new Map<string, Scope>();

  constructor(store: Pick<Store<typeof spendingLimits>, 'get' | 'watch'>) {
    this.#store = store;
    store.watch((key, entry) => {
      this.#forget(key);
      if (entry && entry.value.limits.length > 0) this.#keep(key, entry.value);
    });
  }

  /** Whether all limits are known: the cost service has published them once. */
  get areKnown(): boolean {
    return this.#store.get(installationKey) !== undefined;
  }

  /** Whether nothing at all is limited. */
  get areNone(): boolean {
    return this.#scopes.size === 0;
  }

  /** Whether any limit of the scopes of `attribution` (`scopesOf`) holds for the model. */
  limit(attribution: Attribution, model: NamedModel): boolean {
    if (this.areNone) return false;
    const { organisation, teamId, userId, keyId, tags = [], endUser } = attribution;
    return (
      this.#limits('installation', '', installationScope.id, model) ||
      this.#limits('organisation', '', organisation, model) ||
      this.#limits('team', '', teamId, model) ||
      this.#limits('user', '', userId, model) ||
      this.#limits('key', '', keyId, model) ||
      tags.some((tag) => this.#limits('tag', organisation, tag, model)) ||
      this.#limits('end_user', organisation, endUser, model) ||
      this.#limits('end_user', organisation, endUser && anyEndUser, model)
    );
  }

  #limits(kind: ScopeKind, organisation: string, id: string | undefined, model: NamedModel): boolean {
    if (id === undefined || id === '') return false;
    return this.#byKind.get(kind)?.get(organisation)?.get(id)?.(model) ?? false;
  }

  #keep(key: string, { scope, limits }: ScopeLimits): void {
    const { kind, id, organisation = '' } = scope;
    const ofKind = this.#byKind.get(kind) ?? new Map<string, Map<string, LimitsModel>>();
    const ofOrganisation = ofKind.get(organisation) ?? new Map<string, LimitsModel>();
    this.#byKind.set(kind, ofKind.set(organisation, ofOrganisation));
    ofOrganisation.set(id, limitedModels(limits.map(({ model }) => model)));
    this.#scopes.set(key, scope);
  }

  #forget(key: string): void {
    const scope = this.#scopes.get(key);
    if (!scope) return;
    const { kind, id, organisation = '' } = scope;
    this.#scopes.delete(key);
    const ofKind = this.#byKind.get(kind);
    const ofOrganisation = ofKind?.get(organisation);
    ofOrganisation?.delete(id);
    if (ofOrganisation?.size === 0) ofKind?.delete(organisation);
  }
}

const installationKey = limitsKey(installationScope);

function limitedModels(patterns: readonly string[]): LimitsModel {
  if (patterns.includes('*')) return () => true;
  const matchers = patterns.map((pattern) => compileNamePattern(pattern.toLowerCase()));
  return ({ provider, model }) => {
    const short = model.toLowerCase();
    const long = `${provider.toLowerCase()}/${short}`;
    return matchers.some((matches) => matches(short) || matches(long));
  };
}
