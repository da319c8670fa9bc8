import { builtInPolicies, isBuiltInPolicy, type StoredPolicy } from '@weir/contracts/guardrails/policies';
import type { DocumentStore } from '@weir/service-kit/admin/documents/document-kind';
import type { StoreEntry } from '@weir/service-kit/bus/store';

/** The built-in policies as if they were stored, at the revision 0. */
const builtIn: readonly StoreEntry<StoredPolicy>[] = Object.entries(builtInPolicies).map(([key, policy]) => ({
  key,
  value: { policy: { ...policy }, updatedAtMs: 0 },
  revision: 0,
}));

type ReadableStore = Pick<DocumentStore<StoredPolicy>, 'get' | 'entries' | 'history'>;

/** The stored policies, and the built-in ones between them, whose names no stored one has. */
export function withBuiltInPolicies(store: ReadableStore): ReadableStore {
  return {
    get: (name) => (isBuiltInPolicy(name) ? builtIn.find(({ key }) => key === name) : store.get(name)),
    entries: () =>
      [...builtIn, ...[...store.entries()].filter(({ key }) => !isBuiltInPolicy(key))].toSorted(
        (one, other) => (one.key < other.key ? -1 : 1),
      ),
    history: (name) => store.history(name),
  };
}
