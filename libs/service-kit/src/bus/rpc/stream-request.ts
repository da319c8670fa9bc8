import type { Msg } from '@nats-io/transport-node';
import type { StreamEndpoint } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import { busHeaders, isControlSubject, requestSubject } from '@weir/contracts/frames';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import type { JsonReader } from '../../json-reader.ts';
import type { StreamCall, StreamSink } from '../bus.ts';
import {
  acceptedName,
  isNoResponders,
  readFault,
  readFrame,
  requestHeaders,
} from '../connection/message-headers.ts';
import type { ReplyInbox, PendingReply } from '../connection/reply-inbox.ts';
import type { InstanceMonitor } from '../discovery/instance-monitor.ts';
import type { FullServices } from './full-services.ts';
import type { ResponderLiveness } from './responder-liveness.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';
import { StreamReceiver } from './stream-receiver.ts';
import { UnableInstances } from './unable-instances.ts';

/** When a request is not accepted yet, it is looked whether one of those who may have been asked is silent. */
const lookAfterMs = 250;

/**
 * How long the first member of the queue group may take to accept: until it is known whether one is silent. Each that is asked after it may
 * take twice as long, up to the contract's limit, so that where all are merely late, one of them is in time.
 */
const firstAcceptTimeoutMs = 400;

/** A responder is waited for longer than it may take, so that an acceptance which is on its way is heard before another is asked. */
const acceptGraceMs = (acceptTimeoutMs: number) => Math.max(100, acceptTimeoutMs / 4);

/** A large body has longer to arrive: as long as it takes at 1 MB/s. */
const slowestBytesPerMs = 1_000;

/** How many responders are asked in turn before one of them has accepted; with a limit of 1 s for each that takes 5.3 s. */
const maxAttempts = 5;

/** How many may say that they are full. */
const maxRefusals = 3;

export interface RequesterParts {
  inbox: ReplyInbox;
  publisher: BatchingPublisher;
  reader: JsonReader;
  liveness: ResponderLiveness;
  monitor: Pick<
    InstanceMonitor,
    | 'subjectOfResponsive'
    | 'insteadOf'
    | 'suspect'
    | 'queueGroupLost'
    | 'gone'
    | 'refused'
    | 'takers'
    | 'known'
  >;
  fullServices: Pick<FullServices, 'faultOf'>;
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
  /** Of all who were asked: whoever accepts first has the stream. */
  readonly #replies: string[] = [];
  #attempts = 0;
  #refusals = 0;
  /** Of the instance that was asked last, where it was asked by itself. */
  #control: string | undefined;
  readonly #unable: UnableInstances;
  #lookAtMs = 0;
  #acceptExpiresAtMs = 0;
  #cancelled = false;
  #failed = false;
  #paused = false;
  #stream: StreamReceiver<S> | undefined;

  constructor(request: OutgoingStreamRequest<S>, parts: RequesterParts) {
    this.#request = request;
    this.#parts = parts;
    this.#unable = new UnableInstances(request.contract.service, parts.monitor);
    this.#deadlineAtMs = Math.min(
      request.envelope.deadlineAtMs,
      parts.clock.nowMs() + request.contract.timeoutMs,
    );
    this.#send();
  }

  get isAccepted(): boolean {
    return this.#stream !== undefined;
  }

  /** Whoever has accepted was reached. */
  get subject(): string | undefined {
    return this.#stream ? undefined : requestSubject(this.#request.contract.subject, this.#control);
  }

  get expiresAtMs(): number {
    return this.#stream?.expiresAtMs ?? Math.min(this.#lookAtMs, this.#acceptExpiresAtMs);
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
    if (isNoResponders(message)) this.#notThere();
    else if (frame?.kind === 'accepted') this.#accepted(message);
    else if (frame?.kind === 'fault') this.#refused(readFault(message), message.subject);
    else
      this.#fail(new Fault('internal_error', { cause: new Error('a stream began without an acceptance') }));
  }

  onExpired(): void {
    const { clock, monitor } = this.#parts;
    const nowMs = clock.nowMs();
    if (this.#stream) this.#stream.onExpired();
    else if (this.#cancelled || nowMs >= this.#deadlineAtMs) this.#fail(new Fault('deadline_exceeded'));
    else {
      const { service } = this.#request.contract;
      monitor.suspect(service);
      this.#lookAtMs = Infinity;
      if (nowMs < this.#acceptExpiresAtMs) return;
      if (this.#control === undefined) monitor.queueGroupLost(service);
      this.#sendToAnother(new Fault('service_unavailable'));
    }
  }

  onLost(fault: Fault): void {
    if (this.#stream) this.#stream.abandon(fault);
    else this.#fail(fault);
  }

  #send(): void {
    const { inbox, publisher, clock } = this.#parts;
    const { contract, body, envelope } = this.#request;
    const control = this.#unable.subject();
    // One that is known to answer is only late, if it does not.
    const growingMs = control === undefined ? firstAcceptTimeoutMs * 2 ** this.#attempts : Infinity;
    const patienceMs = Math.min(growingMs, contract.acceptTimeoutMs);
    const acceptTimeoutMs = patienceMs + body.length / slowestBytesPerMs;
    const nowMs = clock.nowMs();
    const acceptByMs = Math.min(this.#deadlineAtMs, Math.ceil(nowMs + acceptTimeoutMs));
    this.#attempts++;
    this.#lookAtMs = nowMs + lookAfterMs;
    this.#acceptExpiresAtMs = Math.min(
      nowMs + acceptTimeoutMs + acceptGraceMs(acceptTimeoutMs),
      this.#deadlineAtMs,
    );
    const reply = inbox.open(this);
    this.#replies.push(reply);
    try {
      // Whoever asks may be one of several who were asked: no two of all of these send the same number.
      const dispatch = (envelope.dispatch ?? 0) * maxAttempts + this.#attempts - 1 - this.#unable.unnumbered;
      const headers = requestHeaders(
        { ...envelope, ...(dispatch > 0 && { dispatch }), deadlineAtMs: this.#deadlineAtMs },
        { nowMs: clock.nowMs(), acceptByMs },
      );
      headers.append(busHeaders.confirms, '1');
      this.#control = control;
      const subject = requestSubject(contract.subject, control);
      publisher.send({ subject, data: body, reply, headers }, 'body_too_large');
    } catch (thrown) {
      // The caller does not hold this call yet: it hears of its end when it does.
      setImmediate(() => {
        this.#fail(Fault.from(thrown));
      });
    }
  }

  /** Nobody is in the queue group, or the one that was asked by itself has just gone, and others may be there. */
  #notThere(): void {
    const { fullServices, monitor } = this.#parts;
    const { service } = this.#request.contract;
    if (this.#control !== undefined) {
      monitor.gone(service, this.#control);
      this.#sendToAnother(new Fault('service_unavailable'));
      return;
    }
    void fullServices.faultOf(service).then((fault) => {
      if (!this.#stream) this.#fail(fault);
    });
  }

  #sendToAnother(fault: Fault): void {
    if (this.#attempts >= maxAttempts) {
      this.#fail(fault);
      return;
    }
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
    const { subject: reply } = message;
    const deadlineAtMs = this.#deadlineAtMs;
    // An acceptance by another is cancelled when it comes.
    for (const other of this.#replies) if (other !== reply) inbox.close(other);
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
      onUnable: (fault) => {
        this.#passOn(fault, control);
      },
      publisher,
      liveness,
      clock,
    });
    if (this.#paused) this.#stream.pause();
    if (this.#cancelled) this.#stream.cancel();
  }

  #refused(fault: Fault, reply: string): void {
    this.#parts.inbox.close(reply);
    const isNewest = reply === this.#replies.at(-1);
    if (fault.code !== 'overloaded' || this.#cancelled) {
      this.#fail(fault);
      return;
    }
    // Of those that are asked by themselves there may be others with room; the queue group gives whom it likes.
    if (isNewest && this.#control) this.#parts.monitor.refused(this.#request.contract.service, this.#control);
    else this.#refusals++;
    if (this.#refusals >= maxRefusals) this.#fail(fault);
    else if (isNewest) this.#sendToAnother(fault);
  }

  /** An instance has accepted, and could do nothing. */
  #passOn(fault: Fault, control: string): void {
    this.#stream = undefined;
    const isAnotherThere = this.#unable.add(control, fault);
    if (!isAnotherThere || ++this.#refusals >= maxRefusals) this.#fail(fault);
    else this.#sendToAnother(fault);
  }

  #fail(fault: Fault): void {
    for (const reply of this.#replies) this.#parts.inbox.close(reply);
    // Others have been asked: whoever has put the request to this process need not do so once more.
    const told = fault.details.tryAnother
      ? new Fault(fault.code, { ...fault.toData(), tryAnother: undefined })
      : fault;
    if (!this.#cancelled && !this.#failed) this.#request.sink.onFault(told);
    this.#failed = true;
  }
}
