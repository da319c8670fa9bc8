import { normalised } from '@weir/service-kit/normalised-text';
import type { Embedder } from './embedder.ts';
import { normalize } from './normalize.ts';

const dimensions = 384;
const gramLengths = [2, 3, 4];
/** Vietnamese is often typed without diacritics. Grams of the bare letters count less, since ma, má and mạ are other words. */
const bareWeight = 0.5;

/**
 * Hashed character n-grams: no weights, microseconds, and the same vector on every machine. It finds texts that share
 * words and parts of words, and knows nothing of synonyms.
 */
export function createBuiltinEmbedder(): Embedder {
  return {
    model: 'builtin-ngrams',
    id: 'builtin-ngrams@1',
    dimensions,
    embed: async (text) => embedNgrams(text),
    close: () => Promise.resolve(),
  };
}

function embedNgrams(text: string): Float32Array {
  const lowered = normalised(text, 'NFC').toLowerCase();
  const bare = lowered.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd');
  const counts = new Map<number, number>();
  countGrams(lowered, 1, counts);
  countGrams(bare, bareWeight, counts);
  // A text without a word is like itself alone.
  if (counts.size === 0) counts.set(hashOf(text, 0, text.length), 1);
  const vector = new Float32Array(dimensions);
  for (const [hash, count] of counts) {
    // A gram that comes up often says less each time. The hash's first bit is its sign: collisions cancel out on average.
    const weight = Math.sqrt(count);
    const index = (hash >>> 1) % dimensions;
    vector[index] = (vector[index] ?? 0) + ((hash & 1) === 0 ? weight : -weight);
  }
  return normalize(vector);
}

/** Signs as in C++, C#, 5% and 5€ make other words. */
const word = /[\p{L}\p{M}\p{N}\p{S}#%&@]+/gu;

/** Words with a blank on both sides, so that a gram tells where a word begins and ends. */
function countGrams(text: string, weight: number, counts: Map<number, number>): void {
  for (const [found] of text.matchAll(word)) {
    const padded = ` ${found} `;
    for (const length of gramLengths) {
      for (let start = 0; start + length <= padded.length; start += 1) {
        const hash = hashOf(padded, start, start + length);
        counts.set(hash, (counts.get(hash) ?? 0) + weight);
      }
    }
  }
}

/** FNV-1a over UTF-16 units, with murmur3's last mix, as an unsigned number of 32 bits. */
function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let index = start; index < end; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
