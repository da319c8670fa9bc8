import { once } from 'node:events';
import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@weir/service-kit/fault';
import type { RequestTracker } from './http/request-tracker.ts';

interface DrainParts {
  server: Server;
  tracker: RequestTracker;
  /** How long new connections are still accepted. */
  delayMs: number;
  /** How long answers may still take, the delay included. */
  timeoutMs: number;
}

/** How long kept connections are left open for requests that are on their way. */
const lingerMs = 500;
/** How long a cut answer has to tell its client so. */
const cutGraceMs = 500;

/**
 * Stops without failing a request: every answer from now on is its connection's last; then no connection is
 * accepted; then what was begun ends. What has not ended by the time-out is told so and cut.
 */
export async function drain({ server, tracker, delayMs, timeoutMs }: DrainParts): Promise<void> {
  const expired = delay(timeoutMs, undefined, { ref: false });
  tracker.isDraining = true;
  if (delayMs > 0) await delay(delayMs);
  const closed = stopAccepting(server);
  await Promise.race([closed, delay(lingerMs)]);
  await Promise.race([tracker.idle(), expired]);
  const fault = new Fault('service_unavailable', { message: 'The gateway is stopping.' });
  for (const writer of tracker.open) writer.fail(fault);
  await Promise.race([tracker.idle(), delay(cutGraceMs, undefined, { ref: false })]);
  server.closeAllConnections();
}

/**
 * Resolves when the last connection has ended. As TCP has it: http's own `close` would also cut kept connections on
 * which a request may just be arriving.
 */
function stopAccepting(server: Server): Promise<unknown> {
  const closed = once(server, 'close');
  NetServer.prototype.close.call(server);
  return closed;
}
