import { estimatePatternCost } from '@weir/service-kit/pattern-cost';
import { RE2JSException, RE2Set } from 're2js';

/** A pattern that cannot be searched for, and the field of its query. */
export class InvalidPattern extends Error {
  readonly field: string;

  /** `message` is the rest of a sentence that begins with the pattern's place. */
  constructor(field: string, message: string) {
    super(message);
    this.name = 'InvalidPattern';
    this.field = field;
  }
}

export type Search = (text: string) => boolean;

/** Characters. How long the searches of a config take is at most the product of this and `maxCost`: some 15 ms. */
const maxSearchedLength = 1_024;
/** Of all patterns of one config: in instructions that are compiled, or in what else takes as long. */
const maxCost = 400;
/** Bytes that a pattern may keep of what it has found out about its texts. */
const maxPatternBytes = 32_768;

/**
 * Compiles the patterns of one config, which share what they may cost: a caller's config and text must not hold up the
 * requests of others for longer than some milliseconds, whether they are compiled or searched.
 */
export class PatternCompiler {
  #costLeft = maxCost;

  /** Looks at the first 1,024 characters of a text. Throws InvalidPattern. */
  compile(field: string, pattern: string): Search {
    const estimated = estimatePatternCost(pattern);
    this.#spend(field, estimated);
    // A set of the one pattern: by itself each would keep up to 8 MB, and only a set can be told to keep less.
    const patterns = new RE2Set(RE2Set.UNANCHORED, 0, maxPatternBytes);
    try {
      patterns.add(pattern);
      patterns.compile();
    } catch (thrown) {
      if (thrown instanceof RE2JSException) throw new InvalidPattern(field, "is no pattern in RE2's syntax");
      throw thrown;
    }
    this.#spend(field, Math.max(0, patterns.prog.numInst() - estimated));
    return (text) => patterns.match(text.slice(0, maxSearchedLength)).length > 0;
  }

  #spend(field: string, cost: number): void {
    if (cost > this.#costLeft)
      throw new InvalidPattern(field, "is too large a pattern, by itself or with the config's others");
    this.#costLeft -= cost;
  }
}
