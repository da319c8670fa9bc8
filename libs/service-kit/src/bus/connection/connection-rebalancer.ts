import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logger.ts';

/** A connection that can be moved to another server of the cluster. */
export interface MovableConnection {
  /** Whether it is connected, and there is another server. */
  readonly canMove: boolean;
  /** `host:port`. */
  readonly server: string;
  /** Where it belongs, so that all processes together are spread evenly. */
  readonly home: string | undefined;
  /** The server is in lame duck mode: it takes no new connections, and closes those it has one after the other. */
  readonly isServerStopping: boolean;
  move(): Promise<void>;
}

interface RebalancerParts {
  readonly connections: readonly MovableConnection[];
  readonly canReach: (server: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** A range that a pause is drawn from, so that processes move one by one. */
interface Pause {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** Before it is looked again how a connection stands. A server in lame duck mode waits 10 s before it closes the first. */
const lookPause: Pause = { leastMs: 1_000, mostMs: 5_000 };

/** Before a connection goes home, or tries to. */
const homePause: Pause = { leastMs: 5_000, mostMs: 15_000 };

/** A home that cannot be reached, or is lost again and again, is tried less often: the pause doubles so many times. */
const maxDoublings = 5;

/** Brings connections back to where they belong once a lost server is there again, and away from a server that is about to stop. */
export class ConnectionRebalancer {
  readonly #parts: RebalancerParts;
  readonly #stops = new Set<() => void>();
  #isStopped = false;

  constructor(parts: RebalancerParts) {
    this.#parts = parts;
    for (const connection of parts.connections) this.#watch(new HomeSchedule(connection));
  }

  stop(): void {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
  }

  #watch(schedule: HomeSchedule): void {
    if (this.#isStopped) return;
    const { clock, random } = this.#parts;
    const stop = clock.after(drawMs(lookPause, random), () => {
      this.#stops.delete(stop);
      void this.#look(schedule, random).then(() => {
        this.#watch(schedule);
      });
    });
    this.#stops.add(stop);
  }

  async #look(schedule: HomeSchedule, random: () => number): Promise<void> {
    const { connection } = schedule;
    const { clock, canReach } = this.#parts;
    if (connection.canMove && connection.isServerStopping)
      await this.#move(connection, 'its server is about to stop');
    else if (schedule.isDue(clock.nowMs(), random) && (await canReach(connection.home ?? '')))
      await this.#move(connection, 'it belongs to another server');
  }

  async #move(connection: MovableConnection, why: string): Promise<void> {
    const { logger } = this.#parts;
    const from = connection.server;
    try {
      await connection.move();
      logger.info({ from, home: connection.home }, `moved a connection to NATS: ${why}`);
    } catch (error) {
      logger.warn({ err: error, from }, 'a connection to NATS could not be moved');
    }
  }
}

/** When a connection that is away from home goes back. */
class HomeSchedule {
  readonly connection: MovableConnection;
  #attempts = 0;
  #dueAtMs: number | undefined;

  constructor(connection: MovableConnection) {
    this.connection = connection;
  }

  isDue(nowMs: number, random: () => number): boolean {
    const { canMove, server, home } = this.connection;
    if (!canMove || home === undefined || home === server) {
      // Where it stays, what was in vain is forgotten bit by bit.
      if (this.#dueAtMs === undefined) this.#attempts = Math.max(0, this.#attempts - 0.1);
      this.#dueAtMs = undefined;
      return false;
    }
    this.#dueAtMs ??= nowMs + drawMs(homePause, random) * 2 ** Math.min(this.#attempts, maxDoublings);
    if (nowMs < this.#dueAtMs) return false;
    this.#dueAtMs = undefined;
    this.#attempts++;
    return true;
  }
}

function drawMs({ leastMs, mostMs }: Pause, random: () => number): number {
  return leastMs + random() * (mostMs - leastMs);
}
