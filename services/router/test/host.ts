import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { UpstreamSettings } from '../src/adapters/upstreams.ts';
import type { Provider } from '../src/domain/provider.ts';
import { aProvider } from './a-provider.ts';
import { certificate } from './certificate.ts';

export interface Host {
  /** At its address: `http://127.0.0.1:1234`. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly IncomingMessage[];
  /** How many there have been. */
  connections(): number;
}

/** A host that answers as it is told until the test is over, and remembers its connections and requests. */
export async function startHost(
  listener: RequestListener,
  { isSecure = false, address = '127.0.0.1' } = {},
): Promise<Host> {
  const requests: IncomingMessage[] = [];
  let connections = 0;
  const take: RequestListener = (request, response) => {
    requests.push(request);
    request.resume().once('end', () => {
      listener(request, response);
    });
  };
  const server = isSecure ? createSecureServer(certificate, take) : createServer(take);
  server.on('connection', () => connections++);
  server.listen(0, address);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http${isSecure ? 's' : ''}://${address}:${port}`,
    port,
    requests,
    connections: () => connections,
  };
}

/** A provider at this base URL. */
export function hostProvider(baseUrl: string, fields: Partial<Provider> = {}): Provider {
  return aProvider({ baseUrl, ...fields });
}

export const upstreamSettings: UpstreamSettings = {
  connectTimeoutMs: 5_000,
  firstByteTimeoutMs: 5_000,
  idleTimeoutMs: 5_000,
  keepAliveMs: 5_000,
  maxAnswerBytes: 1024 * 1024,
};
