import { z } from 'zod';
import { processStates } from './problems.ts';

/**
 * The headers of messages on the bus. Bodies travel as untouched bytes; everything about them is here.
 * `traceparent` stands alone because tracing tools and nats-server itself look for it by that name.
 */
export const busHeaders = {
  traceparent: 'traceparent',
  /** JSON: the rest of the envelope. */
  envelope: 'Weir-Envelope',
  /** On a request for a stream: Unix time in milliseconds after which a responder must not begin on it, for those that do not know `timeLeft`. */
  acceptBy: 'Weir-Accept-By',
  /** On a message without a body, to an endpoint's subject: whoever would take a request answers in which state it is, and does nothing. */
  probe: 'Weir-Probe',
  /**
   * On a request for a stream: its requester says on the control subject that it has heard the acceptance, if it has not said anything there
   * lately. Nothing is begun before. Older requesters do not, and say nothing here.
   */
  confirms: 'Weir-Confirms',
  /** On the frames of a stream: `<kind> <sequence number>`. */
  frame: 'Weir-Frame',
  /** On an acceptance: the name by which the responder knows the stream. Older ones know it by its whole reply subject, and say nothing. */
  stream: 'Weir-Stream',
  /** JSON: the stream's head, on its first data frame. */
  head: 'Weir-Head',
  /** JSON: the stream's trailer, on its end frame. */
  trailer: 'Weir-Trailer',
  /** Marks a reply whose body is a fault, as NATS's service protocol (ADR-32) has it. */
  errorCode: 'Nats-Service-Error-Code',
  error: 'Nats-Service-Error',
} as const;

/**
 * The frames of a stream, in order: `accepted`, whose body is the control subject of the instance that has accepted
 * the request; any number of `chunk`s; one `end`, or one `fault` whose body is a fault as data. Numbers begin at
 * 0 and have no gap.
 */
export const frameSchema = z
  .string()
  .regex(/^(accepted|chunk|end|fault) \d{1,12}$/)
  .transform((text) => {
    const space = text.indexOf(' ');
    return { kind: text.slice(0, space) as FrameKind, sequence: Number(text.slice(space + 1)) };
  });

export type FrameKind = 'accepted' | 'chunk' | 'end' | 'fault';

/** How many chunks a responder may send before it is granted more, and how many each grant adds. */
export const streamCredits = { initial: 64, topUp: 32 } as const;

/** What answers a probe. */
export const probeReplySchema = z.object({ state: z.enum(processStates) });

/** Parts the name of a request from what nobody can guess, in the subject that its replies go to. */
const secretMark = '~';

/**
 * Where replies to one request go: whoever knows it may answer. Its name alone tells the request apart, and is what goes to control
 * subjects, where each replica of the responder could listen.
 */
export const replySubject = (name: string, secret: string) => `${name}${secretMark}${secret}`;

/** The name in a reply subject. */
export function streamNameOf(reply: string): string {
  const mark = reply.lastIndexOf(secretMark);
  return mark === -1 ? reply : reply.slice(0, mark);
}

/** What all reply subjects of one connection begin with: the last token tells its requests apart. */
export const inboxOf = (reply: string) => reply.slice(0, reply.lastIndexOf('.'));

/**
 * Whether a subject is where somebody hears replies. Nothing is answered elsewhere: who asks says where, and the one who answers may
 * publish where the other may not. What a consumer delivers has a reply subject too, which is JetStream's.
 */
export const isInbox = (subject: string) => /^_INBOX[._]/.test(subject);

const controlSubject = /^weir\.v1\.[a-z][\w-]*\.control\.[\w-]+$/;

/** Whether a subject is an instance's control subject; whoever accepts names one, and it is published to. */
export const isControlSubject = (subject: string) => controlSubject.test(subject);

/** Where one instance takes requests to an endpoint: whoever may ask the endpoint may ask there, and nobody else. */
export const instanceSubject = (endpoint: string, id: string) => `${endpoint}.${id}`;

/** Where a request to an endpoint goes: to the instance with that control subject, or to a member of the queue group. */
export function requestSubject(endpoint: string, control: string | undefined): string {
  if (control === undefined) return endpoint;
  // The number of its connections follows its id.
  const id = control.slice(control.lastIndexOf('.') + 1, control.lastIndexOf('-'));
  return instanceSubject(endpoint, id);
}

/** What a probe of an instance says where its requester has heard the last thing that the instance had to say. */
export const heardMark = 'heard';

/** What a requester tells the instance that holds its stream, on the control subject. `stream` is its name: see {@link streamNameOf}. */
export const streamControlSchema = z.union([
  z.object({ stream: z.string(), cancel: z.literal(true) }),
  z.object({ stream: z.string(), credit: z.int().positive() }),
]);

export type StreamControlMessage = z.output<typeof streamControlSchema>;
