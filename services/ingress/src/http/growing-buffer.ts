import { Fault } from '@weir/service-kit/fault';

interface GrowingBufferParts {
  maxBytes: number;
  /** Called with how many more bytes are about to be taken; where it throws, they are not. */
  onGrow: (bytes: number) => void;
}

/** Enough for most chats. */
const firstBytes = 16 * 1024;

/** Bytes that come in pieces. Each is copied at once, since the least of pieces costs some hundred bytes to keep. */
export class GrowingBuffer {
  readonly #maxBytes: number;
  readonly #onGrow: (bytes: number) => void;
  #buffer = Buffer.alloc(0);
  #length = 0;

  constructor({ maxBytes, onGrow }: GrowingBufferParts) {
    this.#maxBytes = maxBytes;
    this.#onGrow = onGrow;
  }

  /** How many bytes of memory it takes. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** What has come so far. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Throws `body_too_large`, or what `onGrow` throws. */
  append(piece: Buffer): void {
    const neededBytes = this.#length + piece.length;
    if (neededBytes > this.capacity) this.#grow(neededBytes);
    piece.copy(this.#buffer, this.#length);
    this.#length = neededBytes;
  }

  #grow(neededBytes: number): void {
    if (neededBytes > this.#maxBytes) throw new Fault('body_too_large');
    const capacity = Math.min(this.#maxBytes, Math.max(neededBytes, 2 * this.capacity, firstBytes));
    this.#onGrow(capacity - this.capacity);
    const grown = Buffer.allocUnsafe(capacity);
    this.bytes.copy(grown);
    this.#buffer = grown;
  }
}
