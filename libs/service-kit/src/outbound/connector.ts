import type { LookupAddress } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { buildConnector, errors } from 'undici';
import { TimeoutTimer } from './timeout-timer.ts';

/** Undici's, which is also told where to connect to by those who have looked that up. */
export type Connector = (
  options: buildConnector.Options,
  callback: buildConnector.Callback,
  destination?: Destination,
) => void;

export interface Destination {
  /** One at least. */
  readonly addresses: readonly LookupAddress[];
  /** For the connection and TLS: what the look-up has left. */
  readonly timeoutMs: number;
}

interface ConnectorParts {
  /** For the look-up of the name, the connection and TLS together. */
  readonly timeoutMs: number;
  readonly lookup?: LookupFunction | undefined;
  /** Told whenever the system has found a name. */
  readonly onLookup?: (() => void) | undefined;
  /** Why nothing may be sent to the address that was connected to; undefined where it may. */
  readonly blocked?: (address: string | undefined) => Error | undefined;
}

/** How long a connection is silent before the system asks whether the other side is still there. */
const keepAliveInitialDelay = 60_000;

/**
 * Opens connections for undici: TCP first, and TLS over it where the URL has it, so that the address is known before
 * anything is sent. No proxy is used, whatever the environment says.
 */
export function createConnector({ blocked, onLookup, ...parts }: ConnectorParts): Connector {
  // It only adds TLS here, and keeps TLS's sessions. Over HTTP/2 all answers of a provider would share one connection.
  const secure = buildConnector({ timeout: 0, allowH2: false });

  return (options, callback, destination) => {
    const { timeoutMs } = destination ?? parts;
    const lookup = destination ? lookupOf(destination) : parts.lookup;
    const { hostname, port, protocol } = options;
    const isSecure = protocol === 'https:';
    const socket = connect({
      host: hostname,
      port: port === '' ? (isSecure ? 443 : 80) : Number(port),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay,
      ...(lookup && { lookup }),
    });
    let isLookingUp = destination === undefined && isIP(hostname) === 0;
    let isSettled = false;
    const settle = (error: Error | null, connected: Socket) => {
      if (isSettled) return;
      isSettled = true;
      limit.clear();
      if (error === null) {
        callback(null, connected);
      } else {
        socket.destroy();
        callback(error, null);
      }
    };
    const limit = new TimeoutTimer(timeoutMs, () => {
      const message = `No connection within ${timeoutMs} ms`;
      settle(isLookingUp ? lookupTimeout(message) : new errors.ConnectTimeoutError(message), socket);
    });
    if (isLookingUp) {
      socket.once('lookup', (error: Error | null) => {
        isLookingUp = false;
        if (!error) onLookup?.();
      });
    }
    // It stays for as long as the socket does: what happens to it later is told by the layer above.
    socket.on('error', (error) => {
      settle(error, socket);
    });
    socket.once('connect', () => {
      const fault = blocked?.(socket.remoteAddress);
      if (fault) settle(fault, socket);
      else if (!isSecure) settle(null, socket);
      else
        secure({ ...options, httpSocket: socket }, (error, secured) => {
          settle(error, secured ?? socket);
        });
    });
  };
}

/** As where the system's own look-up gives up: nothing has answered that was asked for the name. */
const lookupTimeout = (message: string) =>
  Object.assign(new Error(message), { code: 'EAI_AGAIN', syscall: 'getaddrinfo' });

/** Finds what has been found before. */
function lookupOf({ addresses: [first, ...others] }: Destination): LookupFunction {
  return (hostname, { all }, callback) => {
    if (!first) callback(new Error(`${hostname} has no address`), []);
    else if (all) callback(null, [first, ...others]);
    else callback(null, first.address, first.family);
  };
}
