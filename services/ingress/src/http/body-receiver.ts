import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { Fault } from '@weir/service-kit/fault';
import { createBodyDecoder } from './body-decoder.ts';
import { GrowingBuffer } from './growing-buffer.ts';

interface BodyLimits {
  /** Of one body. */
  maxBodyBytes: number;
  /** Of all bodies that are being received, together. */
  maxReceivingBytes: number;
}

/** Of a body, in one turn of the event loop: pieces of a byte come by the hundred thousand. */
const piecesAtOnce = 1_000;

type Done = (fault: Fault | null, body?: Buffer) => void;

/**
 * Receives bodies. They take memory as they come: what a client only claims to send takes none. It stands in the place of
 * Fastify's own buffer parser, which keeps every piece until the end, so that one mebibyte in pieces of a byte takes 500 MB
 * (measured; here some 160, since pieces wait for their turn), and which knows no limit for all unfinished bodies together.
 */
export class BodyReceiver {
  readonly #maxBodyBytes: number;
  readonly #maxReceivingBytes: number;
  /** What all unfinished bodies take. */
  #receivingBytes = 0;

  constructor({ maxBodyBytes, maxReceivingBytes }: BodyLimits) {
    this.#maxBodyBytes = maxBodyBytes;
    this.#maxReceivingBytes = maxReceivingBytes;
  }

  /**
   * Hands the whole body on, decoded where it is encoded; or `body_too_large`, also where it becomes that, `overloaded`,
   * `unsupported_content_encoding`, `invalid_request`, or `client_closed_request`.
   */
  receive(request: IncomingMessage, done: Done): void {
    try {
      this.#receive(request, createBodyDecoder(request.headers['content-encoding']), done);
    } catch (thrown) {
      done(Fault.from(thrown));
    }
  }

  #receive(request: IncomingMessage, decoder: Transform | undefined, done: Done): void {
    const { headers, socket } = request;
    const sentBytes = Number(headers['content-length'] ?? this.#maxBodyBytes);
    if (sentBytes > this.#maxBodyBytes) throw new Fault('body_too_large');
    const body = new GrowingBuffer({
      maxBytes: decoder ? this.#maxBodyBytes : sentBytes,
      onGrow: (bytes) => {
        this.#reserve(bytes);
      },
    });

    const source = decoder ? request.pipe(decoder) : request;
    const finish: Done = (fault, whole) => {
      source.off('data', onData).off('end', onEnd);
      request.off('data', letOthers);
      socket.off('close', onClose);
      if (decoder) abandon(decoder, request);
      this.#receivingBytes -= body.capacity;
      done(fault, whole);
    };
    const onData = (piece: Buffer) => {
      try {
        body.append(piece);
      } catch (thrown) {
        finish(Fault.from(thrown));
      }
    };
    let pieces = 0;
    const letOthers = () => {
      // Where the decoder has to catch up, it says when to go on.
      if (++pieces % piecesAtOnce > 0 || request.isPaused()) return;
      request.pause();
      setImmediate(() => request.resume());
    };
    const onEnd = () => {
      finish(null, body.bytes);
    };
    const onUndecodable = (cause: Error) => {
      const message = `The body is not encoded as its header "content-encoding: ${headers['content-encoding'] ?? ''}" says.`;
      finish(new Fault('invalid_request', { message, cause }));
    };
    // Of a request that is refused while it comes, node does not say that its client has left: its connection does.
    const onClose = () => {
      finish(new Fault('client_closed_request'));
    };
    source.on('data', onData).on('end', onEnd);
    request.on('data', letOthers);
    decoder?.once('error', onUndecodable);
    socket.on('close', onClose);
  }

  #reserve(bytes: number): void {
    if (this.#receivingBytes + bytes > this.#maxReceivingBytes) throw new Fault('overloaded');
    this.#receivingBytes += bytes;
  }
}

/** What still comes of the body goes nowhere. */
function abandon(decoder: Transform, request: IncomingMessage): void {
  decoder.removeAllListeners('error').on('error', () => undefined);
  request.unpipe(decoder).resume();
  decoder.destroy();
}
