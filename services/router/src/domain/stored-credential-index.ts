import type { StoredCredential } from './provider.ts';

/** The stored credentials that are enabled. Reading costs next to nothing. */
export interface StoredCredentialIndex {
  readonly isEmpty: boolean;
  /** Grows with every change of any of them. */
  readonly revision: number;
  get(id: string): StoredCredential | undefined;
  /** An organisation's own, or, of `undefined`, those that are everybody's; by name. */
  of(organisation: string | undefined): readonly StoredCredential[];
  /** Those that have credentials of their own. */
  readonly organisations: Iterable<string>;
}

export const noStoredCredentials: StoredCredentialIndex = {
  isEmpty: true,
  revision: 0,
  get: () => undefined,
  of: () => [],
  organisations: [],
};
