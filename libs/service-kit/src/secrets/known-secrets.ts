import { SecretIndex } from './secret-index.ts';

/** How many of the keys that were used last are known at least: to prepare so many for a search takes some 5 ms. */
const maxRecent = 100;

/**
 * The secrets of this process: those of its settings for good, and the keys that it has used last. Whatever leaves the process
 * otherwise than on purpose is searched for them. Those of fewer than 12 letters and digits are not: they are words of other texts.
 */
export class KnownSecrets {
  readonly #settings = new SecretIndex();
  #recent = new SecretIndex();
  #before = new SecretIndex();

  constructor(settings: Iterable<string> = []) {
    for (const secret of settings) this.#settings.add(secret);
  }

  /** To be called with each use of a key. */
  noteUse(secret: string): void {
    if (this.#recent.has(secret)) return;
    if (this.#recent.size >= maxRecent) {
      this.#before = this.#recent;
      this.#recent = new SecretIndex();
    }
    this.#recent.add(secret);
  }

  /** Whether a text has a part of one of them, in any of the spellings of `spellingsOf`. It costs some nanoseconds a character. */
  isRepeatedIn(text: string): boolean {
    return (
      this.#settings.isRepeatedIn(text) || this.#recent.isRepeatedIn(text) || this.#before.isRepeatedIn(text)
    );
  }
}
