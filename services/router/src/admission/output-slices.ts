import { Fault } from '@weir/service-kit/fault';

interface SlicesParts {
  /** How much of the output is held at the beginning. */
  readonly heldTokens: number;
  /** The most that it can become. */
  readonly maxTokens: number;
  readonly sliceTokens: number;
  /** Has so much of the output held in all. Rejects with the Fault of whoever refuses it. */
  readonly topUp: (outputTokens: number) => Promise<void>;
}

/**
 * The output of a stream is held slice by slice, so that a large cap of which little is used keeps nobody else from a budget.
 * What has come is counted in UTF-8 bytes: no model makes fewer bytes of text than tokens.
 */
export class OutputSlices {
  readonly #parts: SlicesParts;
  #heldTokens: number;
  /** Resolves when it is over, and sets the refusal where it failed. */
  #toppingUp: Promise<void> | undefined;
  #refusal: Fault | undefined;

  constructor(parts: SlicesParts) {
    this.#parts = parts;
    this.#heldTokens = parts.heldTokens;
  }

  /**
   * Takes note of how much content has come in all, before its last piece is passed on. The next slice is asked for when half
   * of one is left. Where more has come than is held, a promise: it resolves when the piece may be passed on, and rejects with
   * the refusal's Fault.
   */
  take(contentBytes: number): Promise<void> | undefined {
    const { maxTokens, sliceTokens } = this.#parts;
    const left = this.#heldTokens - contentBytes;
    if (this.#heldTokens >= maxTokens || left >= sliceTokens / 2) return undefined;
    this.#toppingUp ??= this.#topUp(contentBytes);
    return left >= 0 ? undefined : this.#untilHeld(contentBytes);
  }

  async #untilHeld(contentBytes: number): Promise<void> {
    while (contentBytes > this.#heldTokens && this.#heldTokens < this.#parts.maxTokens) {
      await (this.#toppingUp ??= this.#topUp(contentBytes));
      if (this.#refusal) throw this.#refusal;
    }
  }

  async #topUp(contentBytes: number): Promise<void> {
    const { maxTokens, sliceTokens, topUp } = this.#parts;
    const wanted = Math.min(maxTokens, Math.max(this.#heldTokens, contentBytes) + sliceTokens);
    try {
      await topUp(wanted);
      this.#heldTokens = wanted;
      this.#toppingUp = undefined;
    } catch (thrown) {
      // The stream goes on with what is held, and may end before that is used up. It is not asked again.
      this.#refusal = Fault.from(thrown);
    }
  }
}
