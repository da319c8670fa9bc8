import type { MasterKeys } from '@weir/service-kit/crypto/master-keys';

export interface Wrapped {
  readonly token: string;
  /** Which key it was encrypted with. */
  readonly keyId: string;
}

/**
 * Encrypts what is kept. Its keys may lie in the environment, in a file, or in a KMS, which would make it wait: nothing else
 * of the service knows them, or derives anything from them.
 */
export interface KeyWrapper {
  /** Of the key that encrypts now. What was encrypted with another is to be encrypted again. */
  readonly keyId: string;
  wrap(text: string): Promise<Wrapped>;
  /** Rejects with an `UnreadableToken` where none of its keys fits. */
  unwrap(token: string): Promise<string>;
}

/** With the master keys that the service was started with: from `WEIR_MASTER_KEYS` or `WEIR_MASTER_KEYS_FILE`. */
export function wrapWithMasterKeys(masterKeys: MasterKeys): KeyWrapper {
  const [keyId] = masterKeys.ids;
  return {
    keyId,
    wrap: async (text) => ({ token: masterKeys.encrypt(text), keyId }),
    unwrap: async (token) => masterKeys.decrypt(token),
  };
}
