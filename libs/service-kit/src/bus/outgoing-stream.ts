import type { Msg } from '@nats-io/transport-node';
import type { HeadOf, Stream, TrailerOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import { busHeaders, streamCredits, type Control } from '@weir/contracts/frames';
import type { Clock } from '../clock.ts';
import { Fault } from '../fault.ts';
import type { StreamCall, StreamSink } from './bus.ts';
import { envelopeHeaders, isNoResponders, readFault, readFrame, readJsonHeader } from './headers.ts';
import type { Inbox, InboxEntry } from './inbox.ts';
import type { Liveness, Watcher } from './liveness.ts';
import type { Outbox } from './outbox.ts';

/** Beyond the responder's own limit for accepting, so that one that is just in time is still heard. */
const acceptGraceMs = 250;

/** How many responders are asked in turn before one of them has accepted. */
const maxAttempts = 3;

export interface StreamCallParts {
  inbox: Inbox;
  outbox: Outbox;
  liveness: Liveness;
  clock: Clock;
}

interface Question<S extends Stream> {
  contract: S;
  subject: string;
  body: Uint8Array;
  envelope: Envelope;
  sink: StreamSink<S>;
}

/**
 * One stream, from its asker's side. Until a responder has accepted, the request may be given to another; from
 * then on that one instance holds it, and every way in which it can end is told to the sink exactly once.
 */
export class OutgoingStream<S extends Stream> implements StreamCall, InboxEntry, Watcher {
  dueAtMs = 0;
  readonly #contract: S;
  readonly #subject: string;
  readonly #body: Uint8Array;
  readonly #envelope: Envelope;
  readonly #sink: StreamSink<S>;
  readonly #parts: StreamCallParts;
  readonly #deadlineAtMs: number;
  #reply = '';
  #control = '';
  #attempts = 0;
  #nextSequence = 0;
  #ungranted = 0;
  #state: 'asking' | 'accepted' | 'cancelled' | 'over' = 'asking';
  #headSeen = false;
  #paused = false;

  constructor({ contract, subject, body, envelope, sink }: Question<S>, parts: StreamCallParts) {
    this.#contract = contract;
    this.#subject = subject;
    this.#body = body;
    this.#sink = sink;
    this.#parts = parts;
    this.#deadlineAtMs = Math.min(envelope.deadlineAtMs, parts.clock.nowMs() + contract.timeoutMs);
    this.#envelope = { ...envelope, deadlineAtMs: this.#deadlineAtMs };
    this.#ask();
  }

  cancel(): void {
    if (this.#state === 'accepted') {
      this.#tell({ stream: this.#reply, cancel: true });
      this.#close();
    } else if (this.#state === 'asking') {
      // Nobody to tell yet: whoever accepts is told then.
      this.#state = 'cancelled';
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#grant();
  }

  onMessage(message: Msg): void {
    if (isNoResponders(message)) {
      this.#fail(new Fault('service_unavailable'));
      return;
    }
    const frame = readFrame(message);
    if (frame?.sequence !== this.#nextSequence) {
      // Something between the two was lost, and what follows would be joined wrongly.
      this.#abandon(new Fault('service_lost'));
      return;
    }
    this.#nextSequence++;
    switch (frame.kind) {
      case 'accepted':
        this.#accepted(message.string());
        break;
      case 'chunk':
        this.#readHead(message);
        this.#chunk(message.data);
        break;
      case 'end':
        this.#readHead(message);
        this.#end(message);
        break;
      case 'fault':
        this.#refused(readFault(message));
        break;
    }
  }

  onDue(): void {
    const expired = this.#parts.clock.nowMs() >= this.#deadlineAtMs;
    if (this.#state === 'accepted') {
      this.#abandon(new Fault(expired ? 'deadline_exceeded' : 'service_lost'));
    } else if (expired || this.#state === 'cancelled') {
      this.#fail(new Fault('deadline_exceeded'));
    } else {
      this.#askAnother(new Fault('service_unavailable'));
    }
  }

  onLost(fault: Fault): void {
    this.#fail(fault);
  }

  onInstanceLost(fault: Fault): void {
    this.#fail(fault);
  }

  #ask(): void {
    const { inbox, outbox, clock } = this.#parts;
    const acceptByMs = Math.min(this.#deadlineAtMs, clock.nowMs() + this.#contract.acceptTimeoutMs);
    this.#attempts++;
    this.#nextSequence = 0;
    this.dueAtMs = acceptByMs + acceptGraceMs;
    this.#reply = inbox.open(this);
    try {
      outbox.send({
        subject: this.#subject,
        data: this.#body,
        reply: this.#reply,
        headers: envelopeHeaders(this.#envelope, acceptByMs),
      });
    } catch (thrown) {
      // The caller does not hold this stream yet: it hears of its end when it does.
      setImmediate(() => {
        this.#fail(Fault.from(thrown));
      });
    }
  }

  #askAnother(fault: Fault): void {
    if (this.#attempts >= maxAttempts) {
      this.#fail(fault);
      return;
    }
    this.#parts.inbox.close(this.#reply);
    this.#ask();
  }

  #accepted(control: string): void {
    this.#control = control;
    if (this.#state === 'cancelled') {
      this.#tell({ stream: this.#reply, cancel: true });
      this.#close();
      return;
    }
    this.#state = 'accepted';
    this.#parts.liveness.watch(control, this);
    this.#heard();
  }

  #refused(fault: Fault): void {
    if (this.#state === 'asking' && fault.code === 'overloaded') this.#askAnother(fault);
    else this.#fail(fault);
  }

  #readHead(message: Msg): void {
    if (this.#headSeen) return;
    this.#headSeen = true;
    const head = this.#contract.head.safeParse(readJsonHeader(message, busHeaders.head));
    if (head.success) this.#sink.onHead(head.data as HeadOf<S>);
    else this.#abandon(new Fault('internal_error', { cause: head.error }));
  }

  #chunk(chunk: Uint8Array): void {
    if (this.#state !== 'accepted') return;
    this.#heard();
    this.#sink.onChunk(chunk);
    this.#ungranted++;
    this.#grant();
  }

  #end(message: Msg): void {
    if (this.#state !== 'accepted') return;
    const trailer = this.#contract.trailer.safeParse(readJsonHeader(message, busHeaders.trailer));
    if (!trailer.success) {
      this.#fail(new Fault('internal_error', { cause: trailer.error }));
      return;
    }
    this.#close();
    this.#sink.onEnd(trailer.data as TrailerOf<S>, message.data);
  }

  #grant(): void {
    if (this.#paused || this.#ungranted < streamCredits.topUp || this.#state !== 'accepted') return;
    const credit = this.#ungranted;
    this.#ungranted = 0;
    this.#tell({ stream: this.#reply, credit });
  }

  #heard(): void {
    this.dueAtMs = Math.min(this.#parts.clock.nowMs() + this.#contract.idleTimeoutMs, this.#deadlineAtMs);
  }

  #tell(control: Control): void {
    this.#parts.outbox.trySend({ subject: this.#control, data: JSON.stringify(control) });
  }

  /** Gives up on a responder that may still be working. */
  #abandon(fault: Fault): void {
    if (this.#control) this.#tell({ stream: this.#reply, cancel: true });
    this.#fail(fault);
  }

  #fail(fault: Fault): void {
    const isTold = this.#state === 'asking' || this.#state === 'accepted';
    this.#close();
    if (isTold) this.#sink.onFault(fault);
  }

  #close(): void {
    this.#state = 'over';
    this.#parts.inbox.close(this.#reply);
    if (this.#control) this.#parts.liveness.unwatch(this.#control, this);
  }
}
