import { hash } from 'node:crypto';
import type { Attribution } from '@weir/contracts/cost/admission';
import {
  installationScope,
  type Limit,
  limitsKey,
  type Scope,
  type ScopeLimits,
  type spendingLimits,
} from '@weir/contracts/cost/limits';
import type { tenants } from '@weir/contracts/keys/verification';
import { anyEndUser, assertLimitsReadable, scopesOf } from '@weir/pricing/attribution-scopes';
import { toNanoUsd } from '@weir/pricing/money';
import type { Store } from '@weir/service-kit/bus/store';
import { compileNamePattern, type NamePattern } from '@weir/service-kit/name-pattern';
import { type Counter, type CounterWindow, windowOf } from './counter.ts';
import { TimeZones } from './time-zones.ts';

/** A limit of a counter. */
export interface AppliedLimit {
  readonly limit: Limit;
  /** Nano-USD, requests or tokens. */
  readonly amount: number;
  readonly contact: string | undefined;
  readonly organisation: string | undefined;
}

/**
 * Revisions of the scopes that have a counter's limits. What was counted when the newest one was before `since` is not to be trusted:
 * perhaps there was no limit afterwards, so that nobody counted.
 */
export interface CounterRevisions {
  readonly since: number;
  readonly newest: number;
}

/** A counter with all of its limits. */
export interface LimitedCounter {
  readonly counter: Counter;
  readonly limits: readonly AppliedLimit[];
  /** The smallest of the hard ones. */
  readonly hardLimit: number | undefined;
  readonly revisions: CounterRevisions;
}

/** The same before it is known whose it is, which the key then begins with. */
interface CompiledCounter {
  readonly keyEnd: string;
  readonly unit: Limit['unit'];
  readonly model: string;
  readonly isOfModel: NamePattern;
  readonly window: CounterWindow;
  readonly limits: readonly AppliedLimit[];
  readonly revisions: CounterRevisions;
}

interface CompiledScope {
  readonly source: ScopeLimits;
  readonly counters: readonly CompiledCounter[];
}

interface LimitsIndexParts {
  readonly limits: Store<typeof spendingLimits>;
  readonly tenants: Store<typeof tenants>;
}

/** Which limits an attempt falls under: this replica's copy of all limits, ready for use. */
export class LimitsIndex {
  readonly #scopes = new Map<string, CompiledScope>();
  readonly #limits: LimitsIndexParts['limits'];
  readonly #zones: TimeZones;

  constructor({ limits, tenants }: LimitsIndexParts) {
    this.#limits = limits;
    this.#zones = new TimeZones(tenants, (organisation) => {
      for (const [key, { source }] of this.#scopes)
        if (organisationOf(source) === organisation) this.#scopes.set(key, this.#compile(source));
    });
    limits.watch((key, entry) => {
      // What can no longer be read is counted on as it was: admission refuses what falls under it.
      if (entry?.fault) return;
      if (entry) this.#scopes.set(key, this.#compile(entry.value));
      else this.#scopes.delete(key);
    });
  }

  /** Whether all limits have been published: before that nobody knows what limits there are. */
  get isKnown(): boolean {
    return this.#scopes.has(limitsKey(installationScope));
  }

  /** Throws `stored_entry_unreadable` where nobody knows what limits an attempt falls under. */
  assertReadable(attribution: Attribution): void {
    assertLimitsReadable(this.#limits, attribution);
  }

  /** Each counter that an attempt is counted in, once. */
  limitsOf(
    attribution: Attribution,
    { provider, model }: { provider: string; model: string },
  ): LimitedCounter[] {
    const found = new Map<string, LimitedCounter>();
    const short = model.toLowerCase();
    const long = `${provider.toLowerCase()}/${short}`;
    for (const scope of scopesOf(attribution)) {
      const compiled = this.#scopes.get(limitsKey(scope));
      if (!compiled) continue;
      const own =
        scope.id === anyEndUser && scope.kind === 'end_user' ? endUserOf(scope, attribution) : scope;
      for (const one of compiled.counters) {
        if (!one.isOfModel(short) && !one.isOfModel(long)) continue;
        const counter = limited(one, own);
        const { key } = counter.counter;
        const before = found.get(key);
        found.set(key, before ? merged(before, counter) : counter);
      }
    }
    return [...found.values()];
  }

  /** All counters of a scope, whatever the model; none of `*`, which stands for each end user. */
  countersOf(scopeLimits: ScopeLimits): LimitedCounter[] {
    const { scope } = scopeLimits;
    if (scope.kind === 'end_user' && scope.id === anyEndUser) return [];
    return this.#compile(scopeLimits).counters.map((one) => limited(one, scope));
  }

  #compile(source: ScopeLimits): CompiledScope {
    const organisation = organisationOf(source);
    const { timeZone, calendar } = this.#zones.of(organisation);
    const before = this.#scopes.get(limitsKey(source.scope))?.counters ?? [];
    const { revision: newest } = source;
    const counters = new Map<string, CompiledCounter>();
    for (const limit of source.limits) {
      const window = windowOf(limit, calendar);
      // Names of models mean the same in whatever case they are written, as they do to prices.
      const pattern = limit.model.toLowerCase();
      const keyEnd = [limit.unit, windowText(window, timeZone), encodeURIComponent(pattern)].join(':');
      const applied = { limit, amount: amountOf(limit), contact: source.contact, organisation };
      counters.set(keyEnd, {
        ...{ keyEnd, window, unit: limit.unit, model: limit.model },
        isOfModel: compileNamePattern(pattern),
        revisions: { since: before.find((one) => one.keyEnd === keyEnd)?.revisions.since ?? newest, newest },
        limits: [...(counters.get(keyEnd)?.limits ?? []), applied],
      });
    }
    return { source, counters: [...counters.values()] };
  }
}

/** In another time zone days are other days, which are counted anew. */
function windowText(window: CounterWindow, timeZone: string): string {
  if (window.kind === 'rolling') return `${window.windowMs}ms`;
  return 'calendar' in window ? `${window.kind}@${timeZone}` : window.kind;
}

function limited(
  { keyEnd, unit, model, window, limits, revisions }: CompiledCounter,
  scope: Scope,
): LimitedCounter {
  const key = `${scopeKey(scope)}:${keyEnd}`;
  return { counter: { key, scope, unit, model, window }, limits, hardLimit: smallestHard(limits), revisions };
}

/** Callers choose the names of end users, which are as long as they like, and as many: each takes the same. */
function scopeKey(scope: Scope): string {
  if (scope.kind !== 'end_user') return limitsKey(scope);
  return `end_user.${scope.organisation ?? ''}.${hash('sha256', scope.id, 'base64url')}`;
}

function merged(one: LimitedCounter, other: LimitedCounter): LimitedCounter {
  const limits = [...one.limits, ...other.limits];
  const revisions = {
    since: Math.min(one.revisions.since, other.revisions.since),
    newest: Math.max(one.revisions.newest, other.revisions.newest),
  };
  return { ...one, limits, hardLimit: smallestHard(limits), revisions };
}

function smallestHard(limits: readonly AppliedLimit[]): number | undefined {
  const hard = limits.filter(({ limit }) => limit.hard).map(({ amount }) => amount);
  return hard.length === 0 ? undefined : Math.min(...hard);
}

function amountOf(limit: Limit): number {
  return limit.unit === 'usd' ? toNanoUsd(limit.limit) : limit.limit;
}

function organisationOf({ scope, organisation }: ScopeLimits): string | undefined {
  return organisation ?? (scope.kind === 'organisation' ? scope.id : scope.organisation);
}

function endUserOf(scope: Scope, { endUser }: Attribution): Scope {
  return { ...scope, id: endUser ?? scope.id };
}
