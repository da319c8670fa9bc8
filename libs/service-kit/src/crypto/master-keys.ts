import { hkdfSync } from 'node:crypto';
import { type FernetKey, fernetKeyOf, makeFernet, openFernet } from './fernet.ts';

/** What was encrypted with a key that we do not have, or is no token at all. It says nothing of either. */
export class UnreadableToken extends Error {
  override readonly name = 'UnreadableToken';

  constructor() {
    super('The token was made with none of the master keys.');
  }
}

const idDigits = 16;

/**
 * The keys of an installation. The newest encrypts, all decrypt: a new one is put before the others, and the oldest is
 * left out when nothing is encrypted with it any more.
 */
export class MasterKeys {
  // Out of reach of whoever prints or serialises the configuration that holds them.
  readonly #keys: readonly [Buffer, ...Buffer[]];
  readonly #fernetKeys: readonly [FernetKey, ...FernetKey[]];

  /** Of 32 bytes each, the newest first. */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    const [newest, ...older] = keys;
    this.#keys = keys;
    this.#fernetKeys = [fernetKeyOf(newest), ...older.map(fernetKeyOf)];
  }

  /** What each key is known by where nobody may know it, the newest first. */
  get ids(): [string, ...string[]] {
    const idOf = (derived: Buffer) => derived.toString('hex').slice(0, idDigits);
    const [newest, ...older] = this.derive('weir/master-key-id/1');
    return [idOf(newest), ...older.map(idOf)];
  }

  /** A Fernet token. */
  encrypt(text: string): string {
    return makeFernet(text, this.#fernetKeys[0]);
  }

  /** The text of a token of any age. Throws an `UnreadableToken` where no key fits. */
  decrypt(token: string): string {
    for (const key of this.#fernetKeys) {
      const text = openFernet(token, key);
      if (text !== undefined) return text;
    }
    throw new UnreadableToken();
  }

  /** Keys of 32 bytes for another purpose, one of each master key, the newest first. None tells of another purpose's. */
  derive(purpose: string): [Buffer, ...Buffer[]] {
    const derived = (key: Buffer) => Buffer.from(hkdfSync('sha256', key, '', purpose, 32));
    const [newest, ...older] = this.#keys;
    return [derived(newest), ...older.map(derived)];
  }
}
