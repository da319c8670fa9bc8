import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import type { FaultCode } from '@weir/contracts/faults';
import { Fault } from '../../fault.ts';

type Publisher = Pick<NatsConnection, 'publish'> & {
  readonly info?: { readonly max_payload: number } | undefined;
};

export interface OutgoingMessage {
  subject: string;
  data: Uint8Array | string;
  headers?: MsgHdrs | undefined;
  reply?: string | undefined;
}

interface BatchingPublisherParts {
  connection: Publisher;
  isConnected: () => boolean;
  /** Why a message cannot be sent though there is a connection. */
  refusal: (message: OutgoingMessage) => Fault | undefined;
  /** Called with the error of a message that the client would not publish: the message is lost. */
  onLost: (error: unknown, subject: string) => void;
}

/** What the protocol adds to a message's headers and body. */
const framingBytes = 64;

/**
 * Publishes once per turn of the event loop. The client flushes in a microtask, so under HTTP every socket's
 * callback would make a write of its own and wake the server; gathered, a busy process makes a third of them.
 */
export class BatchingPublisher {
  readonly #parts: BatchingPublisherParts;
  #waiting: OutgoingMessage[] = [];

  constructor(parts: BatchingPublisherParts) {
    this.#parts = parts;
  }

  /**
   * Throws a Fault where the message cannot be sent: without a connection the client would lose it in silence, and
   * what is larger than the server takes is told by the code given.
   */
  send(message: OutgoingMessage, tooLarge: FaultCode = 'internal_error'): void {
    const { connection, isConnected, refusal } = this.#parts;
    if (!isConnected()) throw new Fault('bus_disconnected');
    const refused = refusal(message);
    if (refused) throw refused;
    const maxBytes = connection.info?.max_payload ?? Infinity;
    const bytes = Buffer.byteLength(message.data) + headerBytes(message.headers) + framingBytes;
    if (bytes > maxBytes) {
      throw new Fault(tooLarge, { cause: new Error(`the bus carries ${maxBytes} bytes, not ${bytes}`) });
    }
    if (this.#waiting.length === 0) setImmediate(this.#flush);
    this.#waiting.push(message);
  }

  /** Sends a message that may be lost: where it cannot be sent, nothing is thrown. */
  trySend(message: OutgoingMessage): void {
    try {
      this.send(message);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
    }
  }

  /** Drops what is not written yet when the connection is lost; the requests among it end with a fault elsewhere. */
  clear(): void {
    this.#waiting = [];
  }

  readonly #flush = (): void => {
    const { connection, isConnected, onLost } = this.#parts;
    const messages = this.#waiting;
    this.#waiting = [];
    if (!isConnected()) return;
    for (const { subject, data, headers, reply } of messages) {
      try {
        connection.publish(subject, data, { ...(headers && { headers }), ...(reply && { reply }) });
      } catch (error) {
        onLost(error, subject);
      }
    }
  };
}

function headerBytes(headers: MsgHdrs | undefined): number {
  let bytes = 0;
  for (const [name, values] of headers ?? []) {
    for (const value of values) bytes += name.length + Buffer.byteLength(value) + ': \r\n'.length;
  }
  return bytes;
}
