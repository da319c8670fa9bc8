import http from 'node:http';
import https from 'node:https';
import { buildConnector, errors } from 'undici';
import { ownShortage } from '../own-shortage.ts';
import type { Connector } from './connector.ts';
import { TimeoutTimer } from './timeout-timer.ts';

/** The operator's own proxy, as all connections through it see it. */
export interface TunnelProxy {
  readonly url: URL;
  /** When it last answered anybody, by `performance.now()`. */
  answeredAtMs?: number;
}

interface TunnelParts {
  readonly proxy: TunnelProxy;
  /** For the connection to the proxy, its own onwards, and TLS together. */
  readonly timeoutMs: number;
  /** Told whenever the proxy answers. */
  readonly onAnswer?: (() => void) | undefined;
}

/** What a proxy answers where it is the host behind it that is not reached. */
const hostFailed: ReadonlySet<number | undefined> = new Set([502, 503, 504]);

/** Opens connections for undici through a proxy that sees which host is asked, and nothing of what is said: CONNECT, and TLS over it. */
export function createTunnelConnector({ proxy, timeoutMs, onAnswer }: TunnelParts): Connector {
  const secure = buildConnector({ timeout: 0, allowH2: false });
  const { url } = proxy;
  const { request } = url.protocol === 'https:' ? https : http;
  return (options, callback) => {
    const authority = `${options.hostname}:${options.port === '' ? 443 : options.port}`;
    const beganAtMs = performance.now();
    const asking = request(url, {
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...authorisation(url) },
      agent: false,
    });
    let isSettled = false;
    const settle = (...[error, socket]: Parameters<buildConnector.Callback>) => {
      if (isSettled) return;
      isSettled = true;
      limit.clear();
      if (error === null) callback(null, socket);
      else {
        asking.destroy();
        callback(error, null);
      }
    };
    const limit = new TimeoutTimer(timeoutMs, () => {
      const message = `No connection within ${timeoutMs} ms`;
      // Where it answers others meanwhile, it waits for the host.
      const isSilent = (proxy.answeredAtMs ?? -Infinity) < beganAtMs;
      settle(isSilent ? proxyError(message) : new errors.ConnectTimeoutError(message), null);
    });
    asking.on('error', (error) => {
      settle(ownShortage(error) ? error : proxyError(error.message, error), null);
    });
    asking.once('connect', ({ statusCode }, socket) => {
      proxy.answeredAtMs = performance.now();
      socket.on('error', (error: Error) => {
        settle(error, null);
      });
      if (statusCode === 200) {
        onAnswer?.();
        secure({ ...options, httpSocket: socket }, settle);
        return;
      }
      socket.destroy();
      const message = `The proxy answered ${statusCode}`;
      // Neither is undici's SocketError, after which it would try to connect for ever.
      const refused = () => Object.assign(new Error(message), { code: 'ECONNREFUSED' });
      settle(hostFailed.has(statusCode) ? refused() : proxyError(message), null);
    });
    asking.end();
  };
}

/** The proxy is the operator's, so this says nothing of the host behind it. */
const proxyError = (message: string, cause?: unknown) =>
  Object.assign(new Error(message, { cause }), { code: 'EPROXY' });

function authorisation({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
