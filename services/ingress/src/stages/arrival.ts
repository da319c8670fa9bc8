import type { IncomingHttpHeaders } from 'node:http';
import type { Envelope } from '@weir/contracts/envelope';
import type { Answer } from '../http/answer.ts';

/** A request as it stands at the door, and where its answer goes. */
export interface Arrival {
  readonly headers: IncomingHttpHeaders;
  /** Unix time in milliseconds. */
  readonly deadlineAtMs: number;
  readonly answer: Answer;
}

export interface ChatArrival extends Arrival {
  /** As the client sent it. */
  readonly body: Buffer;
}

export interface ModelArrival extends Arrival {
  readonly params: unknown;
}

/** A request to the admin API, as it came: its stages parse what they need of it. */
export interface AdminArrival extends Arrival {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** What a request is once it is known on whose behalf it is made. */
export interface Identified {
  readonly envelope: Envelope;
  /** The stored routing config that the caller's key is bound to. */
  readonly config?: string | undefined;
}
