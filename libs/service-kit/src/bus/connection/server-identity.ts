import type { Socket } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';

/** What a TLS connection was made with. */
interface ConnectOptions {
  readonly servername?: string;
  readonly socket?: Socket;
}

/**
 * Whether a certificate is its server's. The client does not tell node the address of a server that it reached by IP address, so
 * that node would compare the certificate with `localhost`: such an address must be among the certificate's IP addresses.
 * Node calls it as a method of the connection's options.
 */
export function checkNatsIdentity(
  this: ConnectOptions | undefined,
  host: string,
  certificate: PeerCertificate,
): Error | undefined {
  const address = this?.servername ? undefined : this?.socket?.remoteAddress;
  return checkServerIdentity(address ?? host, certificate);
}
