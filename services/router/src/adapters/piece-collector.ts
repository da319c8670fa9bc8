/** So many pieces are kept as they are: each costs more than the bytes of a short one. */
const maxPieces = 64;

/** Joins what comes in pieces, of whatever size: a body may come byte by byte, in millions of them. */
export class PieceCollector {
  #pieces: Buffer[] = [];
  /** What earlier pieces were copied into. Its second half is free. */
  #joined: Buffer | undefined;
  #joinedLength = 0;
  #length = 0;

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#pieces.length >= maxPieces) this.#join();
  }

  /** All that has come. Begins anew. */
  take(): Buffer {
    const begun = this.#joined?.subarray(0, this.#joinedLength);
    const whole = begun ? Buffer.concat([begun, ...this.#pieces]) : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#joined = undefined;
    this.#joinedLength = this.#length = 0;
    return whole;
  }

  #join(): void {
    let joined = this.#joined;
    if (!joined || joined.length < this.#length) {
      joined = Buffer.allocUnsafe(2 * this.#length);
      this.#joined?.copy(joined, 0, 0, this.#joinedLength);
      this.#joined = joined;
    }
    for (const piece of this.#pieces) this.#joinedLength += piece.copy(joined, this.#joinedLength);
    this.#pieces = [];
  }
}

/** A text that comes in pieces, kept until they are more than `maxBytes`. */
export class TextCollector {
  readonly #maxBytes: number;
  readonly #pieces = new PieceCollector();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get wantsMore(): boolean {
    return this.#pieces.length <= this.#maxBytes;
  }

  readonly take = (piece: Buffer): boolean => {
    this.#pieces.add(piece);
    return this.wantsMore;
  };

  /** Without the mark of UTF-8. */
  text(): string {
    return new TextDecoder().decode(this.#pieces.take());
  }
}
