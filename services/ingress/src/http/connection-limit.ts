import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Fault } from '@weir/service-kit/fault';
import type { OwnShortages } from '@weir/service-kit/own-shortages';

interface LimitParts {
  /** How many connections it has descriptors for. */
  readonly max: number;
  readonly shortages: Pick<OwnShortages, 'note'>;
}

/** File descriptors that are left for the bus, for operators, and for whoever is told that there are no more. */
const reservedFiles = 16;

/** What operators and balancers ask, on whatever connection. */
const operations = /^\/(health|ready|metrics)(\?|$)/;

/**
 * How many connections this process has file descriptors for, as it is now. A system that runs out of them cuts off, without a word,
 * whoever connects. Infinity where the system does not say.
 */
export function connectionsPossible(): number {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    const possible = Number(limit ?? Infinity) - readdirSync('/proc/self/fd').length - reservedFiles;
    return Math.max(1, possible);
  } catch {
    return Infinity;
  }
}

/** Has whoever connects beyond the limit told so, and lets go of the connection. */
export class ConnectionLimit {
  readonly #parts: LimitParts;
  readonly #surplus = new WeakSet<Socket>();
  #open = 0;

  constructor(parts: LimitParts) {
    this.#parts = parts;
  }

  watch(server: Pick<Server, 'on'>): void {
    // A connection that could not be accepted. The server goes on; without a listener the process would end.
    server.on('error', (error) => {
      this.#parts.shortages.note(error);
    });
    server.on('connection', (socket: Socket) => {
      if (this.#open >= this.#parts.max) {
        this.#surplus.add(socket);
        const lack = new Error('No descriptors are left for further connections');
        this.#parts.shortages.note(Object.assign(lack, { code: 'EMFILE', syscall: 'accept' }));
      }
      this.#open++;
      socket.once('close', () => {
        this.#open--;
      });
    });
  }

  /** Why a request is refused that came on a connection too many. */
  refuse({ socket, url = '' }: Pick<IncomingMessage, 'socket' | 'url'>): Fault | undefined {
    if (!this.#surplus.has(socket) || operations.test(url)) return undefined;
    return new Fault('resource_exhausted', { retryAfterMs: 1_000 });
  }
}
