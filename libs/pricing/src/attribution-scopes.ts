import type { Attribution } from '@weir/contracts/cost/admission';
import { installationScope, limitsKey, type Scope } from '@weir/contracts/cost/limits';

/** The end user's scope that stands for each of an organisation's end users. */
export const anyEndUser = '*';

/**
 * Whose limits an attempt falls under, from the widest to the narrowest. The limits of the scope with the id `*` are each
 * end user's own: what one of them uses is not counted for another.
 */
export function scopesOf({ organisation, teamId, userId, keyId, tags, endUser }: Attribution): Scope[] {
  const scopes: Scope[] = [installationScope, { kind: 'organisation', id: organisation }];
  if (teamId !== undefined) scopes.push({ kind: 'team', id: teamId });
  if (userId !== undefined) scopes.push({ kind: 'user', id: userId });
  if (keyId !== undefined) scopes.push({ kind: 'key', id: keyId });
  for (const id of new Set(tags)) if (id !== '') scopes.push({ kind: 'tag', organisation, id });
  if (endUser === undefined || endUser === '') return scopes;
  if (endUser !== anyEndUser) scopes.push({ kind: 'end_user', organisation, id: endUser });
  scopes.push({ kind: 'end_user', organisation, id: anyEndUser });
  return scopes;
}

/** What of a bucket of limits cannot be read, by its keys. */
interface LimitsStore {
  readonly unreadable: ReadonlyMap<string, { readonly fault: Error }>;
}

/** Throws the Fault of a scope whose limits cannot be read: nobody knows what they refuse. */
export function assertLimitsReadable({ unreadable }: LimitsStore, attribution: Attribution): void {
  if (unreadable.size === 0) return;
  for (const scope of scopesOf(attribution)) {
    const entry = unreadable.get(limitsKey(scope));
    if (entry) throw entry.fault;
  }
}
