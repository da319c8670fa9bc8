import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { Fault } from '../fault.ts';

/** What it needs of a connection. */
type Publisher = Pick<NatsConnection, 'publish'> & {
  readonly info?: { readonly max_payload: number } | undefined;
};

export interface Outgoing {
  subject: string;
  data: Uint8Array | string;
  headers?: MsgHdrs | undefined;
  reply?: string | undefined;
}

/** The server counts headers and body together against its `max_payload`. */
const headersAllowanceBytes = 32 * 1024;

/**
 * Publishes once per turn of the event loop. The client flushes in a microtask, so under HTTP every socket's
 * callback would make a write of its own and wake the server; gathered, a busy process makes a third of them.
 */
export class Outbox {
  readonly #connection: Publisher;
  readonly #isConnected: () => boolean;
  #waiting: Outgoing[] = [];

  constructor(connection: Publisher, isConnected: () => boolean) {
    this.#connection = connection;
    this.#isConnected = isConnected;
  }

  /** Throws a Fault where the message cannot be sent: without a connection the client would lose it in silence. */
  send(message: Outgoing): void {
    if (!this.#isConnected()) throw new Fault('bus_disconnected');
    const maxBodyBytes = (this.#connection.info?.max_payload ?? Infinity) - headersAllowanceBytes;
    if (Buffer.byteLength(message.data) > maxBodyBytes) throw new Fault('body_too_large');
    if (this.#waiting.length === 0) setImmediate(this.#flush);
    this.#waiting.push(message);
  }

  /** For what nobody has to be told of when it cannot be sent. */
  trySend(message: Outgoing): void {
    try {
      this.send(message);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
    }
  }

  /** What has not been written when the connection ends is for nobody: those who asked are told by the bus. */
  clear(): void {
    this.#waiting = [];
  }

  readonly #flush = (): void => {
    const messages = this.#waiting;
    this.#waiting = [];
    if (!this.#isConnected()) return;
    for (const { subject, data, headers, reply } of messages) {
      this.#connection.publish(subject, data, { ...(headers && { headers }), ...(reply && { reply }) });
    }
  };
}
