import {
  headers as createHeaders,
  type NatsConnection,
  type PermissionViolationError,
} from '@nats-io/transport-node';
import { busHeaders, isInbox } from '@weir/contracts/frames';
import type { Clock } from '../../clock.ts';
import { Fault } from '../../fault.ts';
import type { Problems } from '../../problems.ts';
import type { StreamControl } from '../rpc/stream-control.ts';
import type { OutgoingMessage } from './batching-publisher.ts';
import { addresseesOf, Permissions, type Denial } from './permissions.ts';
import type { ReplyInbox } from './reply-inbox.ts';
import type { Subscriber } from './subscriber.ts';

interface MonitorParts {
  /** Unique among the connections of this process. */
  readonly id: string;
  /** Whether the process is not ready where it may not hear what it must. */
  readonly isVital: boolean;
  readonly connection: NatsConnection;
  readonly isConnected: () => boolean;
  readonly subscriber: Subscriber;
  readonly inbox: ReplyInbox;
  readonly streamControl: Pick<StreamControl, 'loseRequesters'>;
  readonly problems: Problems;
  readonly clock: Clock;
}

const checkIntervalMs = 1_000;
const maxNamed = 5;

/**
 * What becomes of a connection when its user may not do all that it has to: the requests concerned end at once, what would be in vain
 * is refused, operators are told, and it is tried every second whether the permission is back. Subscriptions that hear nothing are
 * made anew, so that one which the server has lost without a word does not stay deaf.
 */
export class PermissionMonitor {
  readonly permissions: Permissions;
  readonly #stopChecking: () => void;
  readonly #parts: MonitorParts;
  #isChecking = false;

  constructor(parts: MonitorParts) {
    const { subscriber, connection, clock } = parts;
    this.#parts = parts;
    this.permissions = new Permissions({
      connection,
      subscriber,
      clock,
      probe: (subject) => {
        const headers = createHeaders();
        headers.append(busHeaders.probe, '1');
        connection.publish(subject, '', { headers, reply: `${parts.inbox.name}.probe` });
      },
      onChange: () => {
        this.#tell();
      },
    });
    this.#stopChecking = clock.every(checkIntervalMs, () => void this.#check());
  }

  /** The connection is given up, and with it what it may not do. */
  stop(): void {
    this.#stopChecking();
    this.#parts.problems.clear(this.#problem);
  }

  /** The server has refused something. */
  violated(error: PermissionViolationError): void {
    const { inbox, streamControl } = this.#parts;
    const { operation, subject } = error;
    const fault = new Fault('bus_permission_denied', { cause: error });
    const isPublish = operation === 'publish';
    const isNew = this.permissions.mayPublish(subject);
    const isRequest = isPublish && inbox.loseAsked(subject, fault);
    this.permissions.refused(error, isRequest);
    // Nobody can be answered whose inbox begins so, and what is done for them would be in vain.
    if (isPublish && isNew && isInbox(subject))
      streamControl.loseRequesters(subject.slice(0, subject.indexOf('.') + 1), fault);
    if (!isPublish && subject === inbox.subject) inbox.lose(fault);
  }

  /** Why a message would be in vain. */
  refusal({ subject, reply }: Pick<OutgoingMessage, 'subject' | 'reply'>): Fault | undefined {
    const { permissions } = this;
    if (!permissions.isAnyDenied) return undefined;
    const { inbox } = this.#parts;
    const isUnheard = reply?.startsWith(`${inbox.name}.`) && !permissions.maySubscribe(inbox.subject);
    return isUnheard || !permissions.mayPublish(subject) ? new Fault('bus_permission_denied') : undefined;
  }

  async #check(): Promise<void> {
    const { isConnected, subscriber } = this.#parts;
    if (this.#isChecking || !isConnected()) return;
    this.#isChecking = true;
    try {
      subscriber.renewQuiet();
      await this.permissions.check();
    } catch {
      // Without an answer, as when the connection is lost meanwhile, nothing is known.
    } finally {
      this.#isChecking = false;
    }
  }

  get #problem(): string {
    return `nats permissions ${this.#parts.id}`;
  }

  #tell(): void {
    const { isVital, problems } = this.#parts;
    const problem = this.#problem;
    const denied = [...this.permissions.denied];
    if (denied.length === 0) problems.clear(problem);
    else {
      problems.report(problem, {
        code: 'bus_permission_denied',
        message: `the permission ${textOf(denied)}`,
        blocks: isVital && denied.some(isNeeded),
      });
    }
  }
}

/** What it must hear, and whom it must answer. Discovery and events are not in the way of requests. */
function isNeeded({ operation, subject }: Denial): boolean {
  return operation === 'subscribe' ? !subject.startsWith('$SRV.') : isInbox(subject);
}

function textOf(denied: readonly Denial[]): string {
  const listOf = (operation: Denial['operation']) => {
    const ofIt = denied.filter((one) => one.operation === operation);
    const subjects = [...new Set(ofIt.map(({ subject }) => addresseesOf(subject)))];
    if (subjects.length === 0) return [];
    const more = subjects.length > maxNamed ? ` and ${subjects.length - maxNamed} more` : '';
    return [`to ${operation} to ${subjects.slice(0, maxNamed).join(', ')}${more}`];
  };
  return `${[...listOf('subscribe'), ...listOf('publish')].join(', and ')}, which its user of NATS has in weir.conf`;
}
