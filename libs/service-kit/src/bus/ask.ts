import type { Endpoint, ReplyOf } from '@weir/contracts/descriptors';
import type { Envelope } from '@weir/contracts/envelope';
import type { Clock } from '../clock.ts';
import { Fault } from '../fault.ts';
import { envelopeHeaders, isFault, isNoResponders, parseJson, readFault } from './headers.ts';
import type { Inbox, InboxEntry } from './inbox.ts';
import type { Outbox } from './outbox.ts';

export interface AskParts {
  inbox: Inbox;
  outbox: Outbox;
  clock: Clock;
}

/** One question (`body` is its JSON) with one answer, until the endpoint's time-out or the envelope's deadline, whichever is nearer. */
export function ask<E extends Endpoint>(
  endpoint: E,
  subject: string,
  body: string,
  envelope: Envelope,
  { inbox, outbox, clock }: AskParts,
): Promise<ReplyOf<E>> {
  return new Promise((resolve, reject) => {
    const deadlineAtMs = Math.min(envelope.deadlineAtMs, clock.nowMs() + endpoint.timeoutMs);
    const fail = (fault: Fault) => {
      inbox.close(reply);
      reject(fault);
    };
    const entry: InboxEntry = {
      dueAtMs: deadlineAtMs,
      onMessage(message) {
        if (isNoResponders(message)) fail(new Fault('service_unavailable'));
        else if (isFault(message)) fail(readFault(message));
        else {
          const answer = endpoint.reply.safeParse(parseJson(message.string()));
          if (!answer.success) fail(new Fault('internal_error', { cause: answer.error }));
          else {
            inbox.close(reply);
            resolve(answer.data as ReplyOf<E>);
          }
        }
      },
      onDue() {
        fail(new Fault('deadline_exceeded'));
      },
      onLost: fail,
    };
    const reply = inbox.open(entry);
    try {
      const headers = envelopeHeaders({ ...envelope, deadlineAtMs });
      outbox.send({ subject, data: body, reply, headers }, 'body_too_large');
    } catch (thrown) {
      fail(Fault.from(thrown));
    }
  });
}
