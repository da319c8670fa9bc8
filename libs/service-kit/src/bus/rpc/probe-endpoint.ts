import { headers as createHeaders, type Msg } from '@nats-io/transport-node';
import type { Endpoint, StreamEndpoint } from '@weir/contracts/descriptors';
import { busHeaders, probeReplySchema } from '@weir/contracts/frames';
import { takesRequests, type ProcessState } from '@weir/contracts/problems';
import type { Clock } from '../../clock.ts';
import { isNoResponders, readJson } from '../connection/message-headers.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';
import type { ReplyInbox } from '../connection/reply-inbox.ts';
import { Fault } from '../../fault.ts';

interface ProbeParts {
  inbox: ReplyInbox;
  publisher: BatchingPublisher;
  clock: Clock;
}

/**
 * What came of a probe: a member of the endpoint's queue group has answered, none that has started, there is none, none since all are
 * full, none has answered in time, or this process may not ask or not hear the answer.
 */
export type ProbeOutcome = 'answered' | 'starting' | 'absent' | 'full' | 'silent' | 'denied';

/** A member that hangs answers nothing: another may be asked by the next one. */
const repeatAfterMs = 200;

/** Asks as a request does, by the same subject, permissions, queue group, inbox and listener, and has nothing done. */
export function probeEndpoint(
  { subject }: Endpoint | StreamEndpoint,
  waitMs: number,
  { inbox, publisher, clock }: ProbeParts,
): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    let unanswered: ProbeOutcome = 'silent';
    const end = (outcome: ProbeOutcome) => {
      stopRepeating();
      inbox.close(reply);
      resolve(outcome);
    };
    const fail = (thrown: unknown) => {
      end(Fault.from(thrown).code === 'bus_permission_denied' ? 'denied' : 'absent');
    };
    const reply = inbox.open({
      subject,
      expiresAtMs: clock.nowMs() + waitMs,
      onMessage: (message) => {
        if (isNoResponders(message)) end('absent');
        else if (takesRequests(stateIn(message))) end('answered');
        else unanswered = 'starting';
      },
      onExpired: () => {
        end(unanswered);
      },
      onLost: fail,
    });
    const ask = () => {
      try {
        const headers = createHeaders();
        headers.append(busHeaders.probe, '1');
        publisher.send({ subject, data: '', reply, headers });
      } catch (thrown) {
        fail(thrown);
      }
    };
    const stopRepeating = clock.every(repeatAfterMs, ask);
    ask();
  });
}

/** Whoever does not know probes answers that it has no body: it has started all the same. */
const stateIn = (message: Msg): ProcessState =>
  probeReplySchema.safeParse(readJson(message)).data?.state ?? 'ready';
