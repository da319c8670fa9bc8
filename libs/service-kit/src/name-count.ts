import { randomInt } from 'node:crypto';

/** Odd, so that no bit is lost, and nobody's to guess: else names could be made that are taken for one. */
const multiplier = randomInt(2 ** 20, 2 ** 31) | 1;

const slotBits = 18;

/** Counts the names that are not the same, about: a few more than it tells, where many are counted. */
export class NameCount {
  #count = 0;
  readonly #slots = new Uint8Array(1 << (slotBits - 3));

  get count(): number {
    return this.#count;
  }

  /** The name that stands in a text from a place to another one. */
  add(text: string, from: number, to: number): void {
    let hash = multiplier;
    for (let at = from; at < to; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), multiplier);
      hash ^= hash >>> 15;
    }
    const slot = hash >>> (32 - slotBits);
    const bit = 1 << (slot & 7);
    const byte = this.#slots[slot >>> 3] ?? 0;
    if ((byte & bit) !== 0) return;
    this.#slots[slot >>> 3] = byte | bit;
    this.#count++;
  }
}
