import type { HeadOf, StreamEndpoint, TrailerOf } from '@weir/contracts/descriptors';
import { busHeaders, streamCredits, type FrameKind } from '@weir/contracts/frames';
import { Fault } from '../../fault.ts';
import type { StreamReply } from '../bus.ts';
import { faultMessage, frameHeaders } from '../connection/message-headers.ts';
import type { InFlightRequest } from './in-flight-requests.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';

/** One stream, from its responder's side: numbers the frames, and sends no more chunks than it has credit for. */
export class StreamSender<S extends StreamEndpoint> implements StreamReply<S>, InFlightRequest {
  readonly beganAtMs: number;
  readonly deadlineAtMs: number;
  readonly #reply: string;
  readonly #publisher: BatchingPublisher;
  readonly #abort = new AbortController();
  #sequence = 0;
  #credit: number = streamCredits.initial;
  #head: string | undefined;
  #over = false;
  #waiting: { resolve: () => void; reject: (fault: unknown) => void } | undefined;

  /** `beganAtMs` and `deadlineAtMs` are Unix times in milliseconds. */
  constructor(reply: string, publisher: BatchingPublisher, beganAtMs: number, deadlineAtMs: number) {
    this.#reply = reply;
    this.#publisher = publisher;
    this.beganAtMs = beganAtMs;
    this.deadlineAtMs = deadlineAtMs;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Under this name its requester speaks of it on the control subject. */
  accept(control: string, name: string): void {
    this.#send('accepted', control, { [busHeaders.stream]: name });
  }

  head(head: HeadOf<S>): void {
    this.#head = JSON.stringify(head);
  }

  chunk(chunk: Uint8Array | string): Promise<void> | undefined {
    this.signal.throwIfAborted();
    if (this.#waiting) throw new Error('A chunk was sent before the requester had caught up with the last.');
    this.#send('chunk', chunk);
    this.#credit--;
    if (this.#credit > 0) return undefined;
    const caughtUp = new Promise<void>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    // A handler that does not wait for it hears of the end by its signal.
    caughtUp.catch(() => undefined);
    return caughtUp;
  }

  end(trailer: TrailerOf<S>, body: Uint8Array | string = ''): void {
    this.signal.throwIfAborted();
    this.#send('end', body, { [busHeaders.trailer]: JSON.stringify(trailer) });
    this.#over = true;
  }

  grant(credit: number): void {
    this.#credit += credit;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** Ends the work; the handler learns of it by its signal. */
  abort(fault: Fault): void {
    if (this.#over || this.signal.aborted) return;
    this.#abort.abort(fault);
    this.#waiting?.reject(fault);
    this.#waiting = undefined;
  }

  /** What follows the handler's return or throw: a stream always ends by a word. Returns the fault, if it is one. */
  close(thrown?: unknown): Fault | undefined {
    // The requester has its end already; what came after it is for the log.
    if (this.#over) return thrown === undefined ? undefined : Fault.from(thrown);
    this.#over = true;
    const fault = this.#closingFault(thrown);
    this.#publisher.trySend(faultMessage(this.#reply, fault, frameHeaders('fault', this.#sequence)));
    return fault;
  }

  #closingFault(thrown: unknown): Fault {
    if (this.signal.aborted) return Fault.from(this.signal.reason);
    return Fault.from(thrown ?? new Error('The handler returned without an end.'));
  }

  /** What could not be sent takes no number, or the fault that tells of it would come behind a gap. */
  #send(kind: FrameKind, data: Uint8Array | string, more: Readonly<Record<string, string>> = {}): void {
    if (this.#over) throw new Error(`A ${kind} was sent after the end.`);
    const headers = frameHeaders(kind, this.#sequence);
    const bearsHead = this.#head !== undefined && kind !== 'accepted';
    if (bearsHead) headers.append(busHeaders.head, this.#head ?? '');
    for (const name in more) headers.append(name, more[name] ?? '');
    this.#publisher.send({ subject: this.#reply, data, headers });
    this.#sequence++;
    if (bearsHead) this.#head = undefined;
  }
}
