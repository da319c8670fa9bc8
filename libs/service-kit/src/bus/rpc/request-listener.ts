import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import type { Endpoint, RequestOf, StreamEndpoint } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import { busHeaders, inboxOf, isInbox } from '@weir/contracts/frames';
import type { ProcessState } from '@weir/contracts/problems';
import { messageJsonLimits } from '@weir/contracts/limits';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import type { JsonReader } from '../../json-reader.ts';
import { safeParse } from '../../schema-fault.ts';
import type { Logger } from '../../logger.ts';
import type { ConcurrencyLimit } from './concurrency-limit.ts';
import type { Permissions } from '../connection/permissions.ts';
import type { StreamControl } from './stream-control.ts';
import { faultMessage, isProbe, readAcceptByMs, readRequestEnvelope } from '../connection/message-headers.ts';
import type { MessageAges } from './message-ages.ts';
import type { InFlightRequests } from './in-flight-requests.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';
import type { EndpointStats, RequestStats } from './request-stats.ts';

export interface ResponderParts {
  permissions: Pick<Permissions, 'mayPublish' | 'maySubscribe'>;
  /** Of this process. */
  state: () => ProcessState;
  publisher: BatchingPublisher;
  control: StreamControl;
  capacity: ConcurrencyLimit;
  inFlight: InFlightRequests;
  reader: JsonReader;
  stats: RequestStats;
  ages: MessageAges;
  clock: Clock;
  logger: Logger;
}

export interface ReceivedRequest<D extends Endpoint | StreamEndpoint> {
  data: RequestOf<D>;
  /** The same as it came. */
  body: Uint8Array;
  envelope: Envelope;
  /** Where the answer goes. */
  reply: string;
  /** Whether its requester says that it has heard an acceptance. */
  confirms: boolean;
}

interface Serving<D extends Endpoint | StreamEndpoint> {
  contract: D;
  stats: EndpointStats;
  /** The headers of the one answer that is a fault. */
  faultHeaders: () => MsgHdrs;
  /**
   * Does the work, answers, and calls `done` once, with the fault if there was one. `refuse` answers with what was
   * thrown, and returns it as a fault. May throw before it begins.
   */
  begin: (
    request: ReceivedRequest<D>,
    done: (fault: Fault | undefined) => void,
    refuse: (thrown: unknown) => Fault,
  ) => void;
}

/**
 * What every request goes through, endpoint or stream: a place in the service, a parsed envelope and body, work
 * that is still wanted. Never throws, and answers what goes wrong as a fault; only to a request for whose answer
 * nobody waits any more it says nothing.
 */
export function createRequestListener<D extends Endpoint | StreamEndpoint>(
  { contract, stats, faultHeaders: refusalHeaders, begin }: Serving<D>,
  { publisher, permissions, state, capacity, reader, stats: served, ages, clock, logger }: ResponderParts,
): (message: Msg) => void {
  return (message) => {
    const { reply } = message;
    if (!reply || !isInbox(reply)) return;
    if (message.data.length === 0 && isProbe(message)) {
      publisher.trySend({ subject: reply, data: JSON.stringify({ state: state() }) });
      return;
    }
    // An answer would not arrive, and so the work would be in vain: the requester asks another.
    if (!permissions.mayPublish(reply)) return;
    const refuse = (thrown: unknown): Fault => {
      const fault = Fault.from(thrown);
      publisher.trySend(faultMessage(reply, fault, refusalHeaders()));
      return fault;
    };
    if (!capacity.acquire()) {
      served.record(stats, 0, refuse(new Fault('overloaded')));
      return;
    }
    const startedAtMs = performance.now();
    const done = (fault: Fault | undefined) => {
      capacity.release();
      served.record(stats, performance.now() - startedAtMs, fault);
      if (fault?.code === 'internal_error') {
        logger.error({ err: fault.cause ?? fault, endpoint: stats.name }, 'a request failed unexpectedly');
      }
    };
    const judge = (value: unknown) => readRequest(contract, value);
    const receive = async () => {
      const { envelope, beginByMs } = receiveEnvelope(message, { ages, clock });
      // Nobody waits any more, or the requester has turned to another: to begin then would be to do it twice.
      const isLate = () => beginByMs <= clock.nowMs();
      const read = isLate() ? undefined : reader.tryRead(message.data, { limits: messageJsonLimits, judge });
      const data = await read;
      if (!data || isLate()) done(new Fault('deadline_exceeded'));
      else {
        const confirms = message.headers?.has(busHeaders.confirms) ?? false;
        begin({ data, body: message.data, envelope, reply, confirms }, done, refuse);
      }
    };
    receive().catch((thrown: unknown) => {
      done(refuse(thrown));
    });
  };
}

/** The envelope with its deadline by this process's clock, and by when the work is to begin, Unix time in milliseconds. */
function receiveEnvelope(
  message: Msg,
  { ages, clock }: Pick<ResponderParts, 'ages' | 'clock'>,
): { envelope: Envelope; beginByMs: number } {
  const { timeLeft, ...envelope } = readRequestEnvelope(message);
  if (!timeLeft) return { envelope, beginByMs: Math.min(readAcceptByMs(message), envelope.deadlineAtMs) };
  const { sentAtMs, leftMs, acceptWithinMs = leftMs } = timeLeft;
  const nowMs = clock.nowMs();
  const ageByClocksMs = nowMs - (envelope.deadlineAtMs - leftMs);
  const ageMs = ages.ageMs(inboxOf(message.reply ?? ''), sentAtMs, ageByClocksMs);
  const deadlineAtMs = Math.round(nowMs - ageMs + leftMs);
  return {
    envelope: { ...envelope, deadlineAtMs },
    beginByMs: Math.min(nowMs - ageMs + acceptWithinMs, deadlineAtMs),
  };
}

function readRequest<D extends Endpoint | StreamEndpoint>(contract: D, value: unknown): RequestOf<D> {
  const parsed = safeParse(contract.request, value);
  if (!parsed.success) throw new Fault('invalid_request', { cause: parsed.error });
  return parsed.data as RequestOf<D>;
}
