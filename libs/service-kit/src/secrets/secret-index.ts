import { bare, beyondAscii, spellingsOf, tellingLength } from './repeats-secret.ts';

/** Of other spellings than the plain one only every fourth run is kept: fifteen characters of them are always found. */
const stride = 4;

const base = 0x01000193;
/** What the character that leaves the run adds to its hash. */
const outgoing = Array.from({ length: tellingLength - 1 }).reduce<number>(
  (power) => Math.imul(power, base),
  1,
);

const filterBits = 17;
const ringMask = 15;

/** The letters and digits of ASCII in lower case, by their codes; 0 for all other characters. */
const letters = Uint8Array.from(
  { length: 128 },
  (_, code) => bare(String.fromCharCode(code)).charCodeAt(0) || 0,
);

/**
 * Finds parts of secrets in a text in one pass, however many secrets there are: by a rolling hash over the last letters and digits.
 * A secret is prepared when a text is searched for the first time after it came, since most that are used are never looked for.
 */
export class SecretIndex {
  readonly #secrets = new Set<string>();
  #unprepared: string[] = [];
  /** The runs of all spellings, by their hashes. */
  readonly #runs = new Map<number, string>();
  /** Which hashes there may be, by their upper bits. */
  #filter: Uint8Array | undefined;

  get size(): number {
    return this.#secrets.size;
  }

  has(secret: string): boolean {
    return this.#secrets.has(secret);
  }

  add(secret: string): void {
    this.#secrets.add(secret);
    this.#unprepared.push(secret);
  }

  isRepeatedIn(text: string): boolean {
    if (text.length < tellingLength) return false;
    if (this.#unprepared.length > 0) this.#prepare();
    const filter = this.#filter;
    if (!filter) return false;
    return this.#search(beyondAscii.test(text) ? bare(text) : text, filter);
  }

  #search(text: string, filter: Uint8Array): boolean {
    const ring = new Uint16Array(ringMask + 1);
    let hash = 0;
    let count = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      const letter = code < 128 ? letters[code] : code;
      if (!letter) continue;
      if (count >= tellingLength)
        hash = (hash - Math.imul(ring[(count - tellingLength) & ringMask] ?? 0, outgoing)) | 0;
      hash = (Math.imul(hash, base) + letter) | 0;
      ring[count++ & ringMask] = letter;
      if (count < tellingLength || filter[hash >>> (32 - filterBits)] === 0) continue;
      const run = this.#runs.get(hash);
      if (run !== undefined && bare(text).includes(run)) return true;
    }
    return false;
  }

  #prepare(): void {
    for (const secret of this.#unprepared) {
      if (bare(secret).length < tellingLength) continue;
      spellingsOf(secret).forEach((spelling, index) => {
        const spelt = bare(spelling);
        for (let at = 0; at + tellingLength <= spelt.length; at += index === 0 ? 1 : stride) {
          this.#keep(spelt.slice(at, at + tellingLength));
        }
      });
    }
    this.#unprepared = [];
  }

  #keep(run: string): void {
    let hash = 0;
    for (let at = 0; at < run.length; at++) hash = (Math.imul(hash, base) + run.charCodeAt(at)) | 0;
    this.#runs.set(hash, run);
    this.#filter ??= new Uint8Array(1 << filterBits);
    this.#filter[hash >>> (32 - filterBits)] = 1;
  }
}
