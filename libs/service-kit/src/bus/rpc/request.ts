import { setTimeout as delay } from 'node:timers/promises';
import type { Msg } from '@nats-io/transport-node';
import type { Endpoint, ReplyOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import { requestSubject } from '@weir/contracts/frames';
import { messageJsonLimits } from '@weir/contracts/limits';
import { Fault } from '../../fault.ts';
import { safeParse } from '../../schema-fault.ts';
import { isFault, isNoResponders, readFault, requestHeaders } from '../connection/message-headers.ts';
import type { PendingReply } from '../connection/reply-inbox.ts';
import type { RequesterParts } from './stream-request.ts';

type RequestParts = Omit<RequesterParts, 'liveness'>;

interface OutgoingRequest<E extends Endpoint> {
  endpoint: E;
  /** JSON. */
  body: string | Uint8Array;
  envelope: Envelope;
}

/**
 * How long to wait before a request is put again to a queue group whose member has said that it is full, and so has
 * not begun: by then that member has left the group.
 */
const pausesMs = [5, 20, 80];

/** How long nobody wonders at an answer that has not come; after that it is looked whether one of those who may have been asked is silent. */
const patienceMs = 250;

/**
 * One request with one answer, until the endpoint's time-out or the envelope's deadline, whichever is nearer. The deadline
 * is its caller's; where the time-out is over, it is the service that hangs.
 */
export async function sendRequest<E extends Endpoint>(
  request: OutgoingRequest<E>,
  parts: RequestParts,
): Promise<ReplyOf<E>> {
  const { endpoint, envelope } = request;
  const deadlineAtMs = Math.min(envelope.deadlineAtMs, parts.clock.nowMs() + endpoint.timeoutMs);
  for (let attempt = 0; ; attempt++) {
    try {
      return await sendOnce({ ...request, envelope: { ...envelope, deadlineAtMs } }, parts);
    } catch (thrown) {
      const fault = Fault.from(thrown);
      if (fault.code === 'deadline_exceeded' && deadlineAtMs < envelope.deadlineAtMs) {
        throw new Fault('service_unavailable', { cause: fault });
      }
      const pauseMs = pausesMs[attempt];
      if (fault.code !== 'overloaded' || pauseMs === undefined) throw fault;
      await delay(pauseMs);
    }
  }
}

function sendOnce<E extends Endpoint>(request: OutgoingRequest<E>, parts: RequestParts): Promise<ReplyOf<E>> {
  return new Promise((resolve, reject) => {
    new PendingRequest(request, parts, { resolve, reject }).send();
  });
}

interface Settle<E extends Endpoint> {
  readonly resolve: (reply: ReplyOf<E>) => void;
  readonly reject: (fault: Fault) => void;
}

/**
 * A request that has been sent. Where an instance is found to be silent while there is no answer, an idempotent one is put to another
 * that is not, and the first answer is taken.
 */
class PendingRequest<E extends Endpoint> implements PendingReply {
  expiresAtMs: number;
  readonly #request: OutgoingRequest<E>;
  readonly #parts: RequestParts;
  readonly #settle: Settle<E>;
  readonly #reply: string;
  readonly #sentAtMs: number;
  /** The control subject of the instance that was asked last, where it was asked by itself. */
  #asked: string | undefined;

  constructor(request: OutgoingRequest<E>, parts: RequestParts, settle: Settle<E>) {
    this.#request = request;
    this.#parts = parts;
    this.#settle = settle;
    this.#sentAtMs = parts.clock.nowMs();
    this.expiresAtMs = this.#nextLookAtMs();
    this.#reply = parts.inbox.open(this);
  }

  get subject(): string {
    return requestSubject(this.#request.endpoint.subject, this.#asked);
  }

  send(control = this.#parts.monitor.subjectOfResponsive(this.#request.endpoint.service)): void {
    const { body, envelope } = this.#request;
    this.#asked = control;
    const { subject } = this;
    const headers = requestHeaders(envelope, { nowMs: this.#parts.clock.nowMs() });
    try {
      this.#parts.publisher.send({ subject, data: body, reply: this.#reply, headers }, 'body_too_large');
    } catch (thrown) {
      this.#fail(Fault.from(thrown));
    }
  }

  onMessage(message: Msg): void {
    if (isNoResponders(message)) this.#notThere();
    else if (isFault(message)) this.#refused(readFault(message));
    else {
      const judge = (value: unknown) => {
        const answer = safeParse(this.#request.endpoint.reply, value);
        if (!answer.success) throw new Fault('internal_error', { cause: answer.error });
        this.#parts.inbox.close(this.#reply);
        this.#settle.resolve(answer.data as ReplyOf<E>);
      };
      this.#parts.reader
        .tryRead(message.data, { limits: messageJsonLimits, judge })
        .catch((thrown: unknown) => {
          this.#fail(Fault.from(thrown));
        });
    }
  }

  onExpired(): void {
    const { monitor, clock } = this.#parts;
    const { service, isIdempotent, timeoutMs } = this.#request.endpoint;
    const nowMs = clock.nowMs();
    // It may only take long: so it is put to another once at most.
    const isLost = this.#asked === undefined && nowMs - this.#sentAtMs >= timeoutMs / 2;
    if (isLost) monitor.queueGroupLost(service);
    if (nowMs >= this.#request.envelope.deadlineAtMs) {
      this.#fail(new Fault('deadline_exceeded'));
      return;
    }
    this.expiresAtMs = this.#nextLookAtMs();
    monitor.suspect(service);
    const control = isIdempotent && monitor.insteadOf(service, this.#asked);
    if (control) this.send(control);
  }

  onLost(fault: Fault): void {
    this.#fail(fault);
  }

  /** Nobody has received it; where it was put to one instance, others may be there. */
  #notThere(): void {
    const { fullServices, monitor } = this.#parts;
    const { service } = this.#request.endpoint;
    if (this.#asked === undefined) {
      void fullServices.faultOf(service).then((fault) => {
        this.#fail(fault);
      });
    } else {
      monitor.gone(service, this.#asked);
      this.send();
    }
  }

  #refused(fault: Fault): void {
    const { service } = this.#request.endpoint;
    if (fault.code === 'overloaded' && this.#asked) this.#parts.monitor.refused(service, this.#asked);
    this.#fail(fault);
  }

  #fail(fault: Fault): void {
    this.#parts.inbox.close(this.#reply);
    this.#settle.reject(fault);
  }

  #nextLookAtMs(): number {
    return Math.min(this.#parts.clock.nowMs() + patienceMs, this.#request.envelope.deadlineAtMs);
  }
}
