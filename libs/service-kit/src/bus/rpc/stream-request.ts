import type { Msg } from '@nats-io/transport-node';
import type { StreamEndpoint } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import { isControlSubject } from '@weir/contracts/frames';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import type { StreamCall, StreamSink } from '../bus.ts';
import {
  acceptedName,
  isNoResponders,
  readFault,
  readFrame,
  requestHeaders,
} from '../connection/message-headers.ts';
import type { ReplyInbox, PendingReply } from '../connection/reply-inbox.ts';
import type { ResponderLiveness } from './responder-liveness.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';
import { StreamReceiver } from './stream-receiver.ts';

/** Beyond the responder's own limit for accepting, so that one that is just in time is still heard. */
const acceptGraceMs = 250;

/** A large body has longer to arrive: as long as it takes at 1 MB/s. */
const slowestBytesPerMs = 1_000;

/** How many responders are tried in turn before one of them has accepted. */
const maxAttempts = 3;

export interface RequesterParts {
  inbox: ReplyInbox;
  publisher: BatchingPublisher;
  liveness: ResponderLiveness;
  clock: Clock;
}

interface OutgoingStreamRequest<S extends StreamEndpoint> {
  contract: S;
  body: Uint8Array;
  envelope: Envelope;
  sink: StreamSink<S>;
}

/**
 * A stream from its requester's side, from the request on. Until an instance has accepted it, it may be sent to another:
 * one that is full, or that was killed with the request in its socket, has not begun. From then on the stream is
 * in the hands of that one instance.
 */
export class StreamRequest<S extends StreamEndpoint> implements StreamCall, PendingReply {
  readonly #request: OutgoingStreamRequest<S>;
  readonly #parts: RequesterParts;
  readonly #deadlineAtMs: number;
  #reply = '';
  #attempts = 0;
  #acceptExpiresAtMs = 0;
  #cancelled = false;
  #failed = false;
  #paused = false;
  #stream: StreamReceiver<S> | undefined;

  constructor(request: OutgoingStreamRequest<S>, parts: RequesterParts) {
    this.#request = request;
    this.#parts = parts;
    this.#deadlineAtMs = Math.min(
      request.envelope.deadlineAtMs,
      parts.clock.nowMs() + request.contract.timeoutMs,
    );
    this.#send();
  }

  get isAccepted(): boolean {
    return this.#stream !== undefined;
  }

  get expiresAtMs(): number {
    return this.#stream?.expiresAtMs ?? this.#acceptExpiresAtMs;
  }

  cancel(): void {
    // Before an acceptance there is nobody to tell; whoever accepts is told then.
    this.#cancelled = true;
    this.#stream?.cancel();
  }

  pause(): void {
    this.#paused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stream?.resume();
  }

  onMessage(message: Msg): void {
    if (this.#stream) {
      this.#stream.onFrame(message);
      return;
    }
    const frame = readFrame(message);
    if (isNoResponders(message)) this.#fail(new Fault('service_unavailable'));
    else if (frame?.kind === 'accepted') this.#accepted(message);
    else if (frame?.kind === 'fault') this.#refused(readFault(message));
    else
      this.#fail(new Fault('internal_error', { cause: new Error('a stream began without an acceptance') }));
  }

  onExpired(): void {
    if (this.#stream) this.#stream.onExpired();
    else if (this.#cancelled || this.#parts.clock.nowMs() >= this.#deadlineAtMs)
      this.#fail(new Fault('deadline_exceeded'));
    else this.#sendToAnother(new Fault('service_unavailable'));
  }

  onLost(fault: Fault): void {
    if (this.#stream) this.#stream.abandon(fault);
    else this.#fail(fault);
  }

  #send(): void {
    const { inbox, publisher, clock } = this.#parts;
    const { contract, body, envelope } = this.#request;
    const acceptTimeoutMs = contract.acceptTimeoutMs + body.length / slowestBytesPerMs;
    const acceptByMs = Math.min(this.#deadlineAtMs, Math.ceil(clock.nowMs() + acceptTimeoutMs));
    this.#attempts++;
    this.#acceptExpiresAtMs = Math.min(acceptByMs + acceptGraceMs, this.#deadlineAtMs);
    this.#reply = inbox.open(this);
    try {
      // Whoever asks may be one of several who were asked: no two of all of these send the same number.
      const dispatch = (envelope.dispatch ?? 0) * maxAttempts + this.#attempts - 1;
      const headers = requestHeaders(
        { ...envelope, ...(dispatch > 0 && { dispatch }), deadlineAtMs: this.#deadlineAtMs },
        { nowMs: clock.nowMs(), acceptByMs },
      );
      publisher.send(
        { subject: contract.subject, data: body, reply: this.#reply, headers },
        'body_too_large',
      );
    } catch (thrown) {
      // The caller does not hold this call yet: it hears of its end when it does.
      setImmediate(() => {
        this.#fail(Fault.from(thrown));
      });
    }
  }

  #sendToAnother(fault: Fault): void {
    if (this.#attempts >= maxAttempts) {
      this.#fail(fault);
      return;
    }
    this.#parts.inbox.close(this.#reply);
    this.#send();
  }

  #accepted(message: Msg): void {
    const control = message.string();
    const { inbox, publisher, liveness, clock } = this.#parts;
    const { contract, sink } = this.#request;
    if (!isControlSubject(control)) {
      this.#fail(new Fault('internal_error', { cause: new Error('an acceptance names no control subject') }));
      return;
    }
    const [reply, deadlineAtMs] = [this.#reply, this.#deadlineAtMs];
    const onOver = () => {
      inbox.close(reply);
    };
    this.#stream = new StreamReceiver({
      contract,
      sink,
      name: acceptedName(message, reply),
      control,
      deadlineAtMs,
      onOver,
      publisher,
      liveness,
      clock,
    });
    if (this.#paused) this.#stream.pause();
    if (this.#cancelled) this.#stream.cancel();
  }

  #refused(fault: Fault): void {
    if (fault.code === 'overloaded' && !this.#cancelled) this.#sendToAnother(fault);
    else this.#fail(fault);
  }

  #fail(fault: Fault): void {
    this.#parts.inbox.close(this.#reply);
    if (!this.#cancelled && !this.#failed) this.#request.sink.onFault(fault);
    this.#failed = true;
  }
}
