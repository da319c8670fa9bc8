import type { Msg } from '@nats-io/transport-node';
import type { HeadOf, StreamEndpoint, TrailerOf } from '@weir/contracts/descriptors';
import { busHeaders, streamCredits, type StreamControlMessage } from '@weir/contracts/frames';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import type { StreamSink } from '../bus.ts';
import { readFault, readFrame, readJsonHeader } from '../connection/message-headers.ts';
import type { ResponderLiveness, ResponderWatcher } from './responder-liveness.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';

interface StreamReceiverOptions<S extends StreamEndpoint> {
  contract: S;
  /** By which its responder knows it. */
  name: string;
  /** The control subject of the instance that has accepted. */
  control: string;
  /** Unix time in milliseconds. */
  deadlineAtMs: number;
  sink: StreamSink<S>;
  /** Called in the place of the sink where the instance has done nothing, and says that another may be able to. */
  onUnable: (fault: Fault) => void;
  /** Called once, however it ends. */
  onOver: () => void;
  publisher: BatchingPublisher;
  liveness: ResponderLiveness;
  clock: Clock;
}

/**
 * A stream that an instance has accepted, from its requester's side: checks that no frame is missing, grants credit as
 * chunks are taken, and tells the sink of exactly one end, however it comes.
 */
export class StreamReceiver<S extends StreamEndpoint> implements ResponderWatcher {
  readonly #options: StreamReceiverOptions<S>;
  #nextSequence = 1;
  #ungranted = 0;
  #headSeen = false;
  #paused = false;
  #over = false;
  #idleAtMs = 0;

  constructor(options: StreamReceiverOptions<S>) {
    this.#options = options;
    options.liveness.watch(options.control, this);
    this.#heard();
  }

  /** When it is given up, Unix time in milliseconds: at its deadline, or earlier if it stays silent. */
  get expiresAtMs(): number {
    const { deadlineAtMs } = this.#options;
    // While it is paused, the silence is of our own making.
    return this.#paused ? deadlineAtMs : Math.min(this.#idleAtMs, deadlineAtMs);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#heard();
    this.#grant();
  }

  /** Ends the work on the other side, and says nothing more to the sink. */
  cancel(): void {
    if (this.#over) return;
    this.#tell({ stream: this.#options.name, cancel: true });
    this.#close();
  }

  onFrame(message: Msg): void {
    const frame = readFrame(message);
    if (frame?.sequence !== this.#nextSequence) {
      // Something was lost on the way, and what follows would be joined wrongly.
      this.abandon(new Fault('service_lost'));
      return;
    }
    this.#nextSequence++;
    if (frame.kind === 'fault') this.#failOrPassOn(readFault(message));
    else if (this.#readHead(message)) {
      if (frame.kind === 'end') this.#end(message);
      else this.#chunk(message.data);
    }
  }

  onExpired(): void {
    const expired = this.#options.clock.nowMs() >= this.#options.deadlineAtMs;
    this.abandon(new Fault(expired ? 'deadline_exceeded' : 'service_lost'));
  }

  onInstanceLost(fault: Fault): void {
    this.abandon(fault);
  }

  /** Gives up on a responder that may still be working. */
  abandon(fault: Fault): void {
    if (this.#over) return;
    this.#tell({ stream: this.#options.name, cancel: true });
    this.#fail(fault);
  }

  #failOrPassOn(fault: Fault): void {
    if (this.#over) return;
    if (this.#headSeen || fault.details.tryAnother === undefined) this.#fail(fault);
    else {
      this.#close();
      this.#options.onUnable(fault);
    }
  }

  #readHead(message: Msg): boolean {
    if (this.#headSeen) return true;
    this.#headSeen = true;
    const { contract, sink } = this.#options;
    const head = contract.head.safeParse(readJsonHeader(message, busHeaders.head));
    if (head.success) sink.onHead(head.data as HeadOf<S>);
    else this.abandon(new Fault('internal_error', { cause: head.error }));
    return !this.#over;
  }

  #chunk(chunk: Uint8Array): void {
    this.#heard();
    this.#options.sink.onChunk(chunk);
    this.#ungranted++;
    this.#grant();
  }

  #end(message: Msg): void {
    const { contract, sink } = this.#options;
    const trailer = contract.trailer.safeParse(readJsonHeader(message, busHeaders.trailer));
    if (!trailer.success) {
      this.#fail(new Fault('internal_error', { cause: trailer.error }));
      return;
    }
    this.#close();
    sink.onEnd(trailer.data as TrailerOf<S>, message.data);
  }

  #grant(): void {
    if (this.#over || this.#paused || this.#ungranted < streamCredits.topUp) return;
    const credit = this.#ungranted;
    this.#ungranted = 0;
    this.#tell({ stream: this.#options.name, credit });
  }

  #heard(): void {
    this.#idleAtMs = this.#options.clock.nowMs() + this.#options.contract.idleTimeoutMs;
  }

  #tell(control: StreamControlMessage): void {
    this.#options.publisher.trySend({ subject: this.#options.control, data: JSON.stringify(control) });
  }

  #fail(fault: Fault): void {
    if (this.#over) return;
    this.#close();
    this.#options.sink.onFault(fault);
  }

  #close(): void {
    this.#over = true;
    this.#options.liveness.unwatch(this.#options.control, this);
    this.#options.onOver();
  }
}
