/** What a Postgres client may send: https://www.postgresql.org/docs/current/protocol-message-formats.html */
export interface WireMessage {
  /** `Q`, `P`, ...; empty for the first message, which has none. */
  readonly type: string;
  /** All of it, type and length included. */
  readonly bytes: Buffer;
}

const maxStartBytes = 10_000;
/** Some batches of vectors, as text. */
const maxMessageBytes = 64 * 1024 * 1024;

/** Cuts what a client sends into messages. */
export class WireMessageReader {
  #chunks: Buffer[] = [];
  #size = 0;
  /** How much there has to be before the next message can be whole. */
  #needed = 4;
  #isStarted = false;

  /** From here on messages have a type, as they do after the one that starts the connection. */
  started(): void {
    this.#isStarted = true;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next whole message. Throws where its length cannot be one. */
  next(): WireMessage | undefined {
    if (this.#size < this.#needed) return undefined;
    const buffer =
      this.#chunks.length === 1 ? (this.#chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#chunks);
    this.#chunks = [buffer];
    const typeBytes = this.#isStarted ? 1 : 0;
    if (buffer.length < typeBytes + 4) return undefined;
    const length = buffer.readInt32BE(typeBytes);
    if (length < 4 || length > (this.#isStarted ? maxMessageBytes : maxStartBytes))
      throw new Error(`a message of ${length} bytes`);
    this.#needed = typeBytes + length;
    if (buffer.length < this.#needed) return undefined;
    const bytes = buffer.subarray(0, this.#needed);
    this.#chunks = [buffer.subarray(this.#needed)];
    this.#size = buffer.length - this.#needed;
    this.#needed = 4;
    return { type: String.fromCharCode(...bytes.subarray(0, typeBytes)), bytes };
  }
}

export function authenticationByPassword(): Buffer {
  return Buffer.from([...message('R', Buffer.from([0, 0, 0, 3]))]);
}

/** An error after which the server closes the connection. */
export function fatalError(sqlState: string, text: string): Buffer {
  const fields = ['SFATAL', 'VFATAL', `C${sqlState}`, `M${text}`, ''];
  return message('E', Buffer.from(fields.map((field) => `${field}\0`).join('')));
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.from(`${type}....`);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
