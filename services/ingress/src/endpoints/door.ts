import type { FastifyRequest } from 'fastify';
import type { Clock } from '@weir/service-kit/clock';
import { timeoutOf } from '../domain/deadline.ts';
import type { Arrival } from '../stages/arrival.ts';

export interface Door {
  arrival(request: FastifyRequest): Arrival;
}

/** Where HTTP requests become arrivals: they get their deadline here. */
export function createDoor({ clock, timeoutMs }: { clock: Clock; timeoutMs: number }): Door {
  return {
    arrival: ({ answer, headers }) => ({
      answer,
      headers,
      deadlineAtMs: clock.nowMs() + timeoutOf(headers, timeoutMs),
    }),
  };
}
