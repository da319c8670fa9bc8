import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoint, ReplyOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import { messageJsonLimits } from '@weir/contracts/limits';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import type { JsonReader } from '../../json-reader.ts';
import { safeParse } from '../../schema-fault.ts';
import { isFault, isNoResponders, readFault, requestHeaders } from '../connection/message-headers.ts';
import type { ReplyInbox, PendingReply } from '../connection/reply-inbox.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';

export interface RequestParts {
  inbox: ReplyInbox;
  publisher: BatchingPublisher;
  reader: JsonReader;
  clock: Clock;
}

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

function sendOnce<E extends Endpoint>(
  request: OutgoingRequest<E>,
  { inbox, publisher, reader, clock }: RequestParts,
): Promise<ReplyOf<E>> {
  const { endpoint, body, envelope } = request;
  return new Promise((resolve, reject) => {
    const fail = (fault: Fault) => {
      inbox.close(reply);
      reject(fault);
    };
    const entry: PendingReply = {
      expiresAtMs: envelope.deadlineAtMs,
      onMessage(message) {
        if (isNoResponders(message)) fail(new Fault('service_unavailable'));
        else if (isFault(message)) fail(readFault(message));
        else {
          const judge = (value: unknown) => {
            const answer = safeParse(endpoint.reply, value);
            if (!answer.success) throw new Fault('internal_error', { cause: answer.error });
            inbox.close(reply);
            resolve(answer.data as ReplyOf<E>);
          };
          reader.tryRead(message.data, { limits: messageJsonLimits, judge }).catch((thrown: unknown) => {
            fail(Fault.from(thrown));
          });
        }
      },
      onExpired() {
        fail(new Fault('deadline_exceeded'));
      },
      onLost: fail,
    };
    const reply = inbox.open(entry);
    try {
      const headers = requestHeaders(envelope, { nowMs: clock.nowMs() });
      publisher.send({ subject: endpoint.subject, data: body, reply, headers }, 'body_too_large');
    } catch (thrown) {
      fail(Fault.from(thrown));
    }
  });
}
