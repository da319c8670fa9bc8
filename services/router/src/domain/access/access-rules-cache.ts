import type { RoutingAccess } from '@weir/contracts/access-policy';
import { LRUCache } from 'lru-cache';
import { compileAccess, type AccessRules } from './access-rules.ts';

/** Characters of all the rules that are kept. */
const maxSize = 8 * 1024 * 1024;

/** Compiled rules by what they say: a key's come anew with each of its requests. */
export class AccessRulesCache {
  readonly #rules = new LRUCache<string, AccessRules>({
    maxSize,
    sizeCalculation: (_rules, text) => text.length,
  });

  of(access: RoutingAccess): AccessRules {
    const text = JSON.stringify([access.models, access.providers, access.customHosts]);
    const known = this.#rules.get(text);
    if (known) return known;
    const rules = compileAccess(access);
    this.#rules.set(text, rules);
    return rules;
  }
}
