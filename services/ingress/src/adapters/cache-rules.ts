import {
  type CacheRule,
  cacheRules,
  cacheRulesKey,
  defaultCacheRule,
  unknownCacheRule,
} from '@weir/contracts/cache/rules';
import type { Bus } from '@weir/service-kit/bus/bus';
import { compileNamePattern } from '@weir/service-kit/name-pattern';

/** What of a request rules look at. */
export interface RuleSubject {
  readonly organisation: string;
  readonly team: string | undefined;
  readonly key: string | undefined;
  /** As the caller names it. */
  readonly model: string;
  readonly namespace: string | undefined;
}

interface CompiledRule {
  readonly rule: CacheRule;
  readonly matches: (subject: RuleSubject) => boolean;
}

/** The cache rules, by the local copy: which of them holds for a request. */
export class CacheRules {
  #rules: readonly CompiledRule[] | undefined;

  constructor({ bus }: { bus: Pick<Bus, 'store'> }) {
    // It rejects only where the bus is drained before. Until it is there, or while the rules cannot be read, nobody knows what is
    // forbidden, and the cache is off.
    bus.store(cacheRules).then(
      (store) => {
        this.#rules = [];
        store.watch((key, entry) => {
          if (key !== cacheRulesKey) return;
          this.#rules = entry?.fault ? undefined : (entry?.value.rules ?? []).map(compileRule);
        });
      },
      () => undefined,
    );
  }

  /** The first that matches; where none does, the one that everybody has. */
  ruleFor(subject: RuleSubject): CacheRule {
    if (!this.#rules) return unknownCacheRule;
    return this.#rules.find(({ matches }) => matches(subject))?.rule ?? defaultCacheRule;
  }
}

function compileRule(rule: CacheRule): CompiledRule {
  const { organisations, teams, keys, models, namespaces } = rule.match;
  const isOneOf = (list: readonly string[] | undefined) => {
    const set = list && new Set(list);
    return (value: string | undefined) => !set || (value !== undefined && set.has(value));
  };
  const [ofOrganisation, ofTeam] = [isOneOf(organisations), isOneOf(teams)];
  const [ofKey, ofNamespace] = [isOneOf(keys), isOneOf(namespaces)];
  const patterns = models?.map(compileNamePattern);
  return {
    rule,
    matches: ({ organisation, team, key, model, namespace }) =>
      ofOrganisation(organisation) &&
      ofTeam(team) &&
      ofKey(key) &&
      ofNamespace(namespace) &&
      (!patterns || patterns.some((matches) => matches(model))),
  };
}
