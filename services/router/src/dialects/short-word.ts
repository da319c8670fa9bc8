import type { UsageRecord } from '@weir/contracts/usage-record';

/** Longer than any name of a model or a tier, and short enough for a header. */
const maxLength = 256;

/** A provider's word, as far as it may travel in headers or be repeated in each chunk. */
export function shortWord(word: string): string {
  return word.slice(0, maxLength);
}

/** A record of which no word is longer: it travels in a header. */
export function withShortWords({ serviceTier, modelServed, ...usage }: UsageRecord): UsageRecord {
  return {
    ...usage,
    modelServed: shortWord(modelServed),
    ...(serviceTier !== undefined && { serviceTier: shortWord(serviceTier) }),
  };
}
