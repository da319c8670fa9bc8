import { Fault } from '@weir/service-kit/fault';
import type { Dispatcher } from 'undici';
import { readRetryAfterMs } from './retry-after.ts';
import { transportFault } from './transport-fault.ts';

/** Takes a piece of an answer; says whether it wants more. */
type Taker = (piece: Buffer) => boolean | Promise<boolean>;

/** A provider's answer as it comes. Whoever gets it must read it or discard it. */
export class UpstreamAnswer {
  readonly status: number;
  /** In lower case, without parameters; empty where the provider says none. */
  readonly contentType: string;
  readonly #response: Dispatcher.ResponseData;
  readonly #maxBytes: number;

  constructor(response: Dispatcher.ResponseData, maxBytes: number) {
    this.status = response.statusCode;
    this.contentType = readMediaType(response.headers['content-type']);
    this.#response = response;
    this.#maxBytes = maxBytes;
    // A body that is given up tells so by an error, which would end the process if nobody listened.
    response.body.on('error', () => undefined);
  }

  get isSuccess(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** How long the provider asks to be left alone. */
  get retryAfterMs(): number | undefined {
    return readRetryAfterMs(this.#response.headers, Date.now());
  }

  /** The whole body. Throws a Fault where it breaks off or is larger than the limit. */
  async text(): Promise<string> {
    const { text, isWhole } = await this.#collect(this.#maxBytes);
    if (!isWhole) throw tooLarge(this.#maxBytes);
    return text;
  }

  /** The beginning of the body; the rest is not waited for. */
  async beginning(maxBytes: number): Promise<string> {
    const { text } = await this.#collect(maxBytes);
    return text;
  }

  /** Gives the body away piece by piece, until it ends or no more is wanted. The connection lives on in both cases. */
  async read(take: Taker): Promise<void> {
    const { body } = this.#response;
    try {
      for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        const wanted = take(piece);
        if (!(typeof wanted === 'boolean' ? wanted : await wanted)) {
          this.discard();
          return;
        }
      }
    } catch (thrown) {
      body.destroy();
      throw transportFault(thrown, 'answering');
    }
  }

  /** Lets what is left of the body, if it is not much, run out unread, so that its connection can be used again. */
  discard(): void {
    void this.#response.body.dump();
  }

  async #collect(maxBytes: number): Promise<{ text: string; isWhole: boolean }> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    await this.read((piece) => {
      bytes += piece.length;
      pieces.push(piece);
      return bytes <= maxBytes;
    });
    return { text: Buffer.concat(pieces).toString('utf8'), isWhole: bytes <= maxBytes };
  }
}

function readMediaType(header: string | string[] | undefined): string {
  const said = typeof header === 'string' ? header : '';
  return said.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function tooLarge(maxBytes: number): Fault {
  const cause = new Error(`The answer is larger than ${maxBytes} bytes`);
  return new Fault('upstream_invalid_response', { cause });
}
