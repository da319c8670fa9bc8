import type { Attribution } from '@weir/contracts/cost/admission';
import {
  installationScope,
  limitsKey,
  type Limit,
  type Scope,
  type ScopeKind,
  type ScopeLimits,
  type spendingLimits,
} from '@weir/contracts/cost/limits';
import { anyEndUser, assertLimitsReadable } from '@weir/pricing/attribution-scopes';
import { stateOf, type Store } from '@weir/service-kit/bus/store';
import { compileNamePattern } from '@weir/service-kit/name-pattern';

/** The model of an attempt, by its names: a limit's pattern is of `model` or `provider/model`, in whatever case, as prices are. */
export interface NamedModel {
  readonly provider: string;
  readonly model: string;
}

/** What of an attempt is limited: what it may cost, or only something else (tokens, requests, what an alert is sent for). */
export type Limited = 'money' | 'usage';

type LimitsModel = (model: NamedModel) => Limited | undefined;

/** By organisation (empty for scopes that are of none), then by id. */
type ScopesOfKind = Map<string, Map<string, LimitsModel>>;

/**
 * This router's copy of what is limited, by which it knows without a hop that nothing limits an attempt. What is left of a
 * limit only the cost service knows.
 */
export class SpendingLimits {
  readonly #store: Pick<Store<typeof spendingLimits>, 'get' | 'unreadable'>;
  readonly #byKind = new Map<ScopeKind, ScopesOfKind>();
  /** By the bucket's key: a key that is gone does not say whose it was. */
  readonly #scopes = new Map<string, Scope>();

  constructor(store: Pick<Store<typeof spendingLimits>, 'get' | 'unreadable' | 'watch'>) {
    this.#store = store;
    store.watch((key, entry) => {
      this.#forget(key);
      if (entry && !entry.fault && entry.value.limits.length > 0) this.#keep(key, entry.value);
    });
  }

  /** Whether all limits are known: the cost service has published them once. */
  get areKnown(): boolean {
    return stateOf(this.#store, installationKey) !== undefined;
  }

  /** Whether nothing at all is limited. */
  get areNone(): boolean {
    return this.#scopes.size === 0 && this.#store.unreadable.size === 0;
  }

  /**
   * What the limits of the scopes of `attribution` (`scopesOf`) say of the model; undefined where none holds for it. Throws
   * `stored_entry_unreadable` where one of the scopes has limits that cannot be read.
   */
  limit(attribution: Attribution, model: NamedModel): Limited | undefined {
    if (this.areNone) return undefined;
    assertLimitsReadable(this.#store, attribution);
    const { organisation, teamId, userId, keyId, tags = [], endUser } = attribution;
    const found = [
      this.#limits('installation', '', installationScope.id, model),
      this.#limits('organisation', '', organisation, model),
      this.#limits('team', '', teamId, model),
      this.#limits('user', '', userId, model),
      this.#limits('key', '', keyId, model),
      ...tags.map((tag) => this.#limits('tag', organisation, tag, model)),
      this.#limits('end_user', organisation, endUser, model),
      this.#limits('end_user', organisation, endUser && anyEndUser, model),
    ];
    return strictestOf(found);
  }

  #limits(
    kind: ScopeKind,
    organisation: string,
    id: string | undefined,
    model: NamedModel,
  ): Limited | undefined {
    if (id === undefined || id === '') return undefined;
    return this.#byKind.get(kind)?.get(organisation)?.get(id)?.(model);
  }

  #keep(key: string, { scope, limits }: ScopeLimits): void {
    const { kind, id, organisation = '' } = scope;
    const ofKind = this.#byKind.get(kind) ?? new Map<string, Map<string, LimitsModel>>();
    const ofOrganisation = ofKind.get(organisation) ?? new Map<string, LimitsModel>();
    this.#byKind.set(kind, ofKind.set(organisation, ofOrganisation));
    ofOrganisation.set(id, limitedModels(limits));
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

function limitedModels(limits: readonly Limit[]): LimitsModel {
  const matchers = limits.map(({ hard, model, unit }) => ({
    limited: hard && unit === 'usd' ? ('money' as const) : ('usage' as const),
    matches: compileNamePattern(model.toLowerCase()),
  }));
  return ({ provider, model }) => {
    const short = model.toLowerCase();
    const long = `${provider.toLowerCase()}/${short}`;
    return strictestOf(
      matchers.map(({ limited, matches }) => (matches(short) || matches(long) ? limited : undefined)),
    );
  };
}

function strictestOf(found: readonly (Limited | undefined)[]): Limited | undefined {
  if (found.includes('money')) return 'money';
  return found.includes('usage') ? 'usage' : undefined;
}
