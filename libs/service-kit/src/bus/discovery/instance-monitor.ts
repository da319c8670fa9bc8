import type { Clock } from '../../clock.ts';
import type { Metrics } from '../../metrics.ts';
import type { Problems } from '../../problems.ts';
import type { SilentInstance } from '../bus.ts';
import type { BatchingPublisher } from '../connection/batching-publisher.ts';
import { isNoResponders } from '../connection/message-headers.ts';
import type { ReplyInbox } from '../connection/reply-inbox.ts';
import type { ClockSkews } from './clock-skews.ts';
import { pingInstances } from './find-instances.ts';
import { InstanceTable, type KnownInstance } from './instance-table.ts';

interface Asking {
  readonly inbox: ReplyInbox;
  readonly publisher: BatchingPublisher;
  /** While not, nothing follows from the silence of others. */
  readonly connected: boolean;
}

interface MonitorParts {
  /** By what others are asked now: it may be another connection later. */
  readonly connection: () => Asking;
  readonly skews: Pick<ClockSkews, 'heard'>;
  readonly clock: Clock;
  readonly problems: Pick<Problems, 'report' | 'clear'>;
  readonly metrics: Pick<Metrics, 'gaugeBy'>;
}

interface Followed {
  readonly table: InstanceTable;
  askedAtMs: number;
}

/** How often it is looked whether the instances of a service answer: while all do, and while one is silent. */
const intervalMs = { usual: 2_000, whileSilent: 500 } as const;

/** How long an instance may take to answer that it is there. */
const answerTimeoutMs = 200;

/** One that answers later than that, and within this time, is late: it does not hang. */
const lateAnswerMs = 2_000;

const deafAfterMs = 3_000;

/**
 * Knows the instances of the services that this one asks, and which of them are silent: connected, or cut off without a goodbye, and not
 * answering. A queue group goes on giving requests to a member that hangs, so while there is one, requests go straight to those that answer.
 */
export class InstanceMonitor {
  readonly #followed = new Map<string, Followed>();
  readonly #parts: MonitorParts;
  readonly #stop: () => void;
  /** When anybody was heard last. */
  #heardAtMs = 0;

  constructor(parts: MonitorParts) {
    this.#parts = parts;
    parts.metrics.gaugeBy(
      {
        name: 'bus_silent_instances',
        help: 'Instances of the services that this one asks which hang: they neither answer nor have said goodbye.',
        labels: ['peer'],
      },
      () =>
        [...this.#followed].map(
          ([service, { table }]) => [{ peer: service }, table.silent().length] as const,
        ),
    );
    this.#stop = parts.clock.every(intervalMs.whileSilent / 2, () => {
      for (const [service, followed] of this.#followed) this.#follow(service, followed);
    });
  }

  /** From now on it is known who of this service is there. */
  follow(service: string): void {
    if (this.#followed.has(service)) return;
    const followed = { table: new InstanceTable(this.#parts.clock), askedAtMs: 0 };
    this.#followed.set(service, followed);
    this.#ask(service, followed);
  }

  /** A request to the service is unanswered for longer than one should be: looks at once who is there. */
  suspect(service: string): void {
    const followed = this.#followed.get(service);
    if (followed) this.#ask(service, followed);
  }

  /** Where to send a request so that an instance gets it which answers; undefined where none is silent, and its queue group will do. */
  subjectOfResponsive(service: string): string | undefined {
    const followed = this.#followed.get(service);
    if (followed) return followed.table.choose()?.control;
    this.follow(service);
    return undefined;
  }

  /** The same for a request that is unanswered: undefined where whoever was asked last is not silent either. */
  insteadOf(service: string, asked: string | undefined): string | undefined {
    const table = this.#followed.get(service)?.table;
    const mayBeSilent = asked === undefined || table?.isSilent(asked);
    return mayBeSilent ? table?.choose()?.control : undefined;
  }

  /** Nobody has taken a request that was put to the service's queue group. */
  queueGroupLost(service: string): void {
    this.#followed.get(service)?.table.queueGroupLost();
  }

  /** The control subjects of all instances that answer and take requests, as far as is known. */
  takers(service: string): string[] {
    return (
      this.#followed
        .get(service)
        ?.table.takers()
        .map(({ control }) => control) ?? []
    );
  }

  /** The control subjects of all instances that there are, whatever they do. */
  known(service: string): string[] {
    return (
      this.#followed
        .get(service)
        ?.table.known()
        .map(({ control }) => control) ?? []
    );
  }

  /** The server says that nobody is there: who is will be known in a moment. */
  gone(service: string, control: string): void {
    this.#followed.get(service)?.table.gone(control);
    this.suspect(service);
  }

  /** The instance has taken no request that was put to it alone. */
  refused(service: string, control: string): void {
    this.#followed.get(service)?.table.refused(control);
  }

  silent(service: string): SilentInstance[] {
    return this.#followed.get(service)?.table.silent() ?? [];
  }

  stop(): void {
    this.#stop();
  }

  #follow(service: string, followed: Followed): void {
    const { table } = followed;
    const pauseMs = table.hasSilent ? intervalMs.whileSilent : intervalMs.usual;
    if (this.#parts.clock.nowMs() - followed.askedAtMs >= pauseMs) this.#ask(service, followed);
    this.#report(service, table);
  }

  /**
   * Looks for the service's instances, and asks those that are known by themselves: the server tells whether such a one is connected.
   * What an instance answers comes in the order in which it was asked.
   */
  #ask(service: string, followed: Followed): void {
    const { table } = followed;
    const { connection, clock, skews } = this.#parts;
    const { connected, inbox, publisher } = connection();
    const askedAtMs = clock.nowMs();
    if (!connected || askedAtMs - followed.askedAtMs < answerTimeoutMs) return;
    followed.askedAtMs = askedAtMs;
    pingInstances(
      service,
      lateAnswerMs,
      { inbox, publisher, skews, clock },
      {
        onInstance: (instance) => {
          table.heard(instance);
          this.#heardAtMs = this.#parts.clock.nowMs();
        },
        onOver: () => undefined,
      },
    );
    for (const known of table.known()) this.#askAlone(known, askedAtMs, table);
  }

  #askAlone({ id, control }: KnownInstance, askedAtMs: number, table: InstanceTable): void {
    const { inbox, publisher } = this.#parts.connection();
    const hasMissed = () => table.hasMissed(id, askedAtMs);
    const reply = inbox.open({
      expiresAtMs: askedAtMs + answerTimeoutMs,
      onMessage: (message) => {
        inbox.close(reply);
        if (!hasMissed()) return;
        // One that answers here and not where it is looked for has withdrawn: it is stopping.
        if (isNoResponders(message)) table.disconnected(id);
        else table.left(id);
      },
      onExpired: () => {
        inbox.close(reply);
        if (hasMissed()) table.unanswered(id);
      },
      onLost: () => undefined,
    });
    publisher.trySend({ subject: control, data: '', reply });
  }

  #report(service: string, table: InstanceTable): void {
    const { problems, clock } = this.#parts;
    // Where nobody is heard at all, it is NATS that hangs, or this process that is deaf.
    if (clock.nowMs() - this.#heardAtMs > deafAfterMs) return;
    const name = `silent ${service}`;
    const ids = table.silent().map(({ id }) => id);
    if (ids.length === 0) problems.clear(name);
    else {
      const message = `${service} ${ids.join(', ')}: hangs, since it neither answers nor has said goodbye. Requests go past it; restart it`;
      problems.report(name, { code: 'service_unavailable', message, blocks: false });
    }
  }
}
