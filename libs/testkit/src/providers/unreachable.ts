import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

/** The base URL of a port on which nobody listens: every connection is refused. */
export async function refusedUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

/** A base URL at which the TLS handshake fails, since the provider speaks plain HTTP. */
export function tlsFailureUrl(provider: { url: string }): string {
  return provider.url.replace(/^http:/, 'https:');
}

/** A base URL whose host name cannot exist (RFC 2606), so that the look-up fails. */
export function dnsFailureUrl(): string {
  return 'http://provider.invalid';
}
