import { errors, type Dispatcher } from 'undici';
import { TurnLimit } from '@weir/service-kit/event-loop';
import { decodeBody } from './body-decoding.ts';
import { TextCollector } from './piece-collector.ts';
import { parseRetryAfterMs } from './retry-after.ts';
import { responseTooLarge } from './response-limit.ts';
import { transportFault } from '@weir/service-kit/outbound/transport-fault';
import { TimeoutTimer } from '@weir/service-kit/outbound/timeout-timer';

/** Takes a piece of an answer; says whether it wants more. */
type Taker = (piece: Buffer) => boolean | Promise<boolean>;

interface AnswerLimits {
  /** Of an answer that is read whole. */
  readonly maxBytes: number;
  /** The longest silence within the answer. */
  readonly idleMs: number;
}

/** How much of a body is taken in one turn, in bytes: a piece counts as some hundred more, since it may be one byte. */
const turnBytes = 256 * 1024;
const pieceBytes = 1_024;

/** How long the beginning of a body is waited for: the status alone says most of what an error does. */
const beginningTimeoutMs = 1_000;

/** A provider's answer as it comes. Whoever gets it must read it or discard it. */
export class UpstreamResponse {
  readonly status: number;
  /** In lower case, without parameters; empty where the provider says none. */
  readonly contentType: string;
  readonly #response: Dispatcher.ResponseData;
  /** Of the decoded body. */
  readonly #pieces: AsyncIterator<Buffer>;
  /** What was looked at, and is still to be given away. */
  #lookedAt: Buffer | undefined;
  readonly #limits: AnswerLimits;
  readonly #turns = new TurnLimit(turnBytes);
  #receivedBytes = 0;

  constructor(response: Dispatcher.ResponseData, limits: AnswerLimits) {
    this.status = response.statusCode;
    this.contentType = readMediaType(response.headers['content-type']);
    this.#response = response;
    this.#limits = limits;
    // A body that is given up tells so by an error, which would end the process if nobody listened.
    response.body.on('error', () => undefined);
    const pieces = response.body.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
    this.#pieces = decodeBody(pieces, response.headers['content-encoding']);
  }

  get isSuccess(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** How much of the body has come so far, decoded. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** How long the provider asks to wait before the next request. */
  get retryAfterMs(): number | undefined {
    return parseRetryAfterMs(this.#response.headers, Date.now());
  }

  /** The whole body. Throws a Fault where it breaks off or is larger than the limit. */
  async text(): Promise<string> {
    const { maxBytes } = this.#limits;
    const body = new TextCollector(maxBytes);
    await this.read(body.take);
    if (!body.wantsMore) throw responseTooLarge(maxBytes);
    return body.text();
  }

  /** What comes of the body soon: `maxBytes` of it, or less where it breaks off or hangs. The rest is not waited for. */
  async prefix(maxBytes: number): Promise<string> {
    const body = new TextCollector(maxBytes);
    const timer = setTimeout(() => this.#response.body.destroy(), beginningTimeoutMs);
    await this.read(body.take).catch(() => undefined);
    clearTimeout(timer);
    return body.text().slice(0, maxBytes);
  }

  /** What the body begins with, white space left out; empty where there is no more to it. It is given away all the same. */
  async beginning(): Promise<string> {
    let text = '';
    await this.#pull((piece) => {
      const bytes = this.#lookedAt ? Buffer.concat([this.#lookedAt, piece]) : piece;
      // A character that has not come whole is none yet.
      text = new TextDecoder().decode(bytes, { stream: true }).replace(blank, '');
      // Some hosts send blank lines for as long as they think.
      this.#lookedAt = text === '' && bytes.length >= byteOrderMarkBytes ? undefined : bytes;
      return text === '';
    });
    return text.slice(0, beginningLength);
  }

  /** Gives the body away piece by piece, until it ends or no more is wanted. The connection lives on in both cases. */
  async read(take: Taker): Promise<void> {
    const lookedAt = this.#lookedAt;
    this.#lookedAt = undefined;
    let wantsMore = true;
    try {
      if (lookedAt) wantsMore = await take(lookedAt);
    } catch (thrown) {
      this.#response.body.destroy();
      throw thrown;
    }
    if (wantsMore) wantsMore = await this.#pull(take);
    if (wantsMore) return;
    await this.#pieces.return?.();
    this.discard();
  }

  /** Whether the body has come to its end before the taker has had enough. */
  async #pull(take: Taker): Promise<boolean> {
    const { body } = this.#response;
    const pieces = this.#pieces;
    // Whoever takes the pieces may take its time.
    let isWaiting = true;
    const silence = new TimeoutTimer(this.#limits.idleMs, () => {
      if (isWaiting) body.destroy(new errors.BodyTimeoutError());
    });
    try {
      for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
        isWaiting = false;
        this.#receivedBytes += next.value.length;
        // Many pieces may have come at once, and then nobody else would have a turn.
        const turn = this.#turns.done(next.value.length + pieceBytes);
        if (turn) await turn;
        const wanted = take(next.value);
        if (!(typeof wanted === 'boolean' ? wanted : await wanted)) return false;
        isWaiting = true;
        silence.restart();
      }
      return true;
    } catch (thrown) {
      void pieces.return?.();
      body.destroy();
      throw transportFault(thrown, 'answering');
    } finally {
      silence.clear();
    }
  }

  /** Lets what is left of the body, if it is not much, run out unread, so that its connection can be used again. */
  discard(): void {
    void this.#response.body.dump();
  }
}

const byteOrderMarkBytes = 3;

/** What the first piece begins with says all: it may be of megabytes. */
const beginningLength = 1_024;

/** White space, and the mark of UTF-8. */
const blank = /^[\s\uFEFF]+/;

function readMediaType(header: string | string[] | undefined): string {
  const said = typeof header === 'string' ? header : '';
  return said.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
