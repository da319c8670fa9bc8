import { setTimeout as delay } from 'node:timers/promises';
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

interface Question<E extends Endpoint> {
  endpoint: E;
  subject: string;
  /** JSON. */
  body: string;
  envelope: Envelope;
}

/**
 * How long to wait before a question is put again to a queue group whose member has said that it is full, and so has
 * not begun: by then that member has left the group.
 */
const pausesMs = [5, 20, 80];

/**
 * One question with one answer, until the endpoint's time-out or the envelope's deadline, whichever is nearer. The deadline
 * is its caller's; where the time-out is over, it is the service that hangs.
 */
export async function ask<E extends Endpoint>(question: Question<E>, parts: AskParts): Promise<ReplyOf<E>> {
  const { endpoint, envelope } = question;
  const deadlineAtMs = Math.min(envelope.deadlineAtMs, parts.clock.nowMs() + endpoint.timeoutMs);
  for (let attempt = 0; ; attempt++) {
    try {
      return await askOnce({ ...question, envelope: { ...envelope, deadlineAtMs } }, parts);
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

function askOnce<E extends Endpoint>(
  question: Question<E>,
  { inbox, outbox }: AskParts,
): Promise<ReplyOf<E>> {
  const { endpoint, subject, body, envelope } = question;
  return new Promise((resolve, reject) => {
    const fail = (fault: Fault) => {
      inbox.close(reply);
      reject(fault);
    };
    const entry: InboxEntry = {
      dueAtMs: envelope.deadlineAtMs,
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
      outbox.send({ subject, data: body, reply, headers: envelopeHeaders(envelope) }, 'body_too_large');
    } catch (thrown) {
      fail(Fault.from(thrown));
    }
  });
}
