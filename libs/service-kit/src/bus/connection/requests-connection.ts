import { capacityShares, type CapacityShare } from '@weir/contracts/descriptors';
import type { Clock } from '../../clock.ts';
import type { Fault } from '../../fault.ts';
import type { BusConnection } from './bus-connection.ts';
import type { MovableConnection } from './connection-rebalancer.ts';

/** Has a connection carry something: a subscription, say. Returns what ends it there. */
type Attach = (connection: BusConnection) => () => void;

interface RequestsConnectionParts {
  readonly first: BusConnection;
  /** Opens another one, if possible not to the server that is to be left. */
  readonly open: (leaving: string) => Promise<BusConnection>;
  readonly clock: Clock;
}

const idleCheckIntervalMs = 500;

/** A connection is closed once nothing is in flight on it for this long: what it has just received may not count as begun yet. */
const idleBeforeCloseMs = 5_000;

/**
 * The connection for requests, which can be moved to another server without a request being lost: the new one serves before the
 * old one leaves its queue groups, and what is in flight on the old one comes to its end there.
 */
export class RequestsConnection implements MovableConnection {
  readonly #parts: RequestsConnectionParts;
  readonly #attached: { readonly attach: Attach; detach: () => void }[] = [];
  /** Those that were left and still have something in flight, with what stops watching them. */
  readonly #left = new Map<BusConnection, () => void>();
  #current: BusConnection;
  /** Those whose queue groups it is no member of. */
  readonly #leftShares = new Set<CapacityShare>();
  #closing = false;

  constructor(parts: RequestsConnectionParts) {
    this.#parts = parts;
    this.#current = parts.first;
  }

  get current(): BusConnection {
    return this.#current;
  }

  /** It is carried by this connection and each that takes its place, until the returned function is called. */
  attach(attach: Attach): () => void {
    const attached = { attach, detach: attach(this.#current) };
    this.#attached.push(attached);
    return () => {
      attached.detach();
      this.#attached.splice(this.#attached.indexOf(attached), 1);
    };
  }

  /** Becomes a member of its queue groups of that share again. */
  joinQueueGroups(share: CapacityShare): void {
    this.#leftShares.delete(share);
    this.#current.endpoints.join(share);
  }

  /** Leaves its queue groups of that share. Resolves when all that was already on its way has arrived. */
  async leaveQueueGroups(share: CapacityShare): Promise<void> {
    this.#leftShares.add(share);
    await Promise.all(this.#all().map(({ endpoints }) => endpoints.leave(share)));
  }

  async leaveAllQueueGroups(): Promise<void> {
    await Promise.all(capacityShares.map((share) => this.leaveQueueGroups(share)));
  }

  get canMove(): boolean {
    return this.#current.canMove;
  }

  get server(): string {
    return this.#current.server;
  }

  get home(): string | undefined {
    return this.#current.home;
  }

  get isServerStopping(): boolean {
    return this.#current.isServerStopping;
  }

  async move(): Promise<void> {
    const before = this.#current;
    const next = await this.#parts.open(before.server);
    if (this.#closing || next.serverId === before.serverId) {
      await next.close();
      return;
    }
    const ended = this.#switchTo(next);
    // From the server's answer on, what is sent to this process reaches it there.
    await next.flushed();
    for (const detach of ended) detach();
    await Promise.all(capacityShares.map((share) => before.endpoints.leave(share)));
    this.#closeOnceIdle(before);
  }

  /** Has the connection carry everything from now on. Returns what ends that on the one before, which goes on with what it has. */
  #switchTo(next: BusConnection): (() => void)[] {
    for (const share of this.#leftShares) void next.endpoints.leave(share);
    const ended = this.#attached.map((attached) => {
      const { detach } = attached;
      attached.detach = attached.attach(next);
      return detach;
    });
    this.#left.set(this.#current, () => undefined);
    this.#current = next;
    return ended;
  }

  abortAll(fault: Fault): void {
    for (const connection of this.#all()) connection.inFlight.abortAll(fault);
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const stopWatching of this.#left.values()) stopWatching();
    await Promise.all(this.#all().map((connection) => connection.close()));
  }

  #all(): BusConnection[] {
    return [this.#current, ...this.#left.keys()];
  }

  #closeOnceIdle(connection: BusConnection): void {
    if (this.#closing) return;
    const { clock } = this.#parts;
    let busyAtMs = clock.nowMs();
    const stopWatching = clock.every(idleCheckIntervalMs, () => {
      if (!connection.isIdle) busyAtMs = clock.nowMs();
      if (clock.nowMs() - busyAtMs < idleBeforeCloseMs) return;
      stopWatching();
      this.#left.delete(connection);
      void connection.close();
    });
    this.#left.set(connection, stopWatching);
  }
}
