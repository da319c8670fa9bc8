import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { certificate } from './certificate.ts';

export interface HttpHost {
  /** At its address: `http://127.0.0.1:1234`. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly IncomingMessage[];
  /** How many there have been. */
  connections(): number;
  close(): void;
}

export interface HttpHostOptions {
  readonly isSecure?: boolean;
  readonly address?: string;
}

/** A host that answers as it is told, and remembers its connections and requests. */
export async function startHttpHost(
  listener: RequestListener,
  { isSecure = false, address = '127.0.0.1' }: HttpHostOptions = {},
): Promise<HttpHost> {
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
  const { port } = server.address() as AddressInfo;
  return {
    url: `http${isSecure ? 's' : ''}://${address}:${port}`,
    port,
    requests,
    connections: () => connections,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
