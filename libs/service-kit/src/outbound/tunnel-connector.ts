import http from 'node:http';
import https from 'node:https';
import { buildConnector, errors } from 'undici';
import type { Connector } from './connector.ts';
import { TimeoutTimer } from './timeout-timer.ts';

interface TunnelParts {
  readonly proxy: URL;
  /** For the connection to the proxy, its own onwards, and TLS together. */
  readonly timeoutMs: number;
}

/** Opens connections for undici through a proxy that sees which host is asked, and nothing of what is said: CONNECT, and TLS over it. */
export function createTunnelConnector({ proxy, timeoutMs }: TunnelParts): Connector {
  const secure = buildConnector({ timeout: 0, allowH2: false });
  const { request } = proxy.protocol === 'https:' ? https : http;

  return (options, callback) => {
    const authority = `${options.hostname}:${options.port === '' ? 443 : options.port}`;
    const asking = request(proxy, {
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...authorisation(proxy) },
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
      settle(new errors.ConnectTimeoutError(`No connection within ${timeoutMs} ms`), null);
    });
    asking.on('error', (error) => {
      settle(error, null);
    });
    asking.once('connect', ({ statusCode }, socket) => {
      socket.on('error', (error: Error) => {
        settle(error, null);
      });
      if (statusCode === 200) secure({ ...options, httpSocket: socket }, settle);
      else {
        socket.destroy();
        // Not undici's SocketError, after which it would try to connect for ever.
        const error = new Error(`The proxy answered ${statusCode}`);
        settle(Object.assign(error, { code: 'ECONNREFUSED' }), null);
      }
    });
    asking.end();
  };
}

function authorisation({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
