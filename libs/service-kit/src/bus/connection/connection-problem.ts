import { errors } from '@nats-io/transport-node';
import type { Problem } from '@weir/contracts/problems';
import { ownShortage, shortageText } from '../../own-shortage.ts';
import type { NatsSettings } from './nats-connection.ts';

/** What a reason may have of the text of an error that is not known. */
const maxReasonLength = 200;

/** Why no connection to a server of NATS could be made: in words for an operator, with the setting to look at. */
export function connectionProblem(
  error: unknown,
  server: Pick<URL, 'host'>,
  settings: NatsSettings,
): Problem {
  const { host } = server;
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)
    return { code: 'bus_authentication_failed', message: authenticationMessage(error, host, settings) };
  const { code = '', message } = describe(error);
  const certificate = certificateMessages[code] ?? handshakeMessage(code, message);
  if (certificate) {
    return { code: 'bus_certificate_invalid', message: certificate(host, settings, message) };
  }
  const lacking = ownShortage(error);
  if (lacking) {
    return {
      code: 'resource_exhausted',
      message: `This process cannot connect to NATS at ${host}, since it lacks resources of its own: ${shortageText(lacking)}`,
    };
  }
  const reason = error instanceof errors.TimeoutError ? networkReasons['ETIMEDOUT'] : networkReasons[code];
  return {
    code: 'bus_disconnected',
    message: `NATS at ${host} cannot be reached: ${reason ?? protocolReason(message)}`,
  };
}

/** The more telling of two: what an operator has to mend comes before a server that is down. */
export function moreTelling(one: Problem | undefined, other: Problem): Problem {
  return one && rank(one) <= rank(other) ? one : other;
}

const ranking: readonly Problem['code'][] = [
  'resource_exhausted',
  'bus_authentication_failed',
  'bus_certificate_invalid',
];

function rank({ code }: Problem): number {
  const at = ranking.indexOf(code);
  return at === -1 ? ranking.length : at;
}

function authenticationMessage(
  { message }: Error,
  host: string,
  { url, credentialsFile }: NatsSettings,
): string {
  const what = message.toLowerCase();
  const { username } = new URL(url.split(',')[0] ?? url);
  const who = credentialsFile
    ? `the credentials of NATS_CREDS_FILE (${credentialsFile})`
    : `the user ${decodeURIComponent(username)} of NATS_URL`;
  if (what.includes('timeout'))
    return `NATS at ${host} was not told in time who connects: it or this process is too slow`;
  if (what.includes('expired')) return `NATS at ${host} refuses ${who}, since they have expired: renew them`;
  if (!credentialsFile && username === '') {
    return `NATS at ${host} demands a user: write it as nats://user:password@${host} into NATS_URL, or set NATS_CREDS_FILE`;
  }
  const mend = credentialsFile
    ? 'check that the server knows their account and has not revoked them'
    : 'check its password there and in the configuration of the server';
  return `NATS at ${host} refuses ${who}: ${mend}`;
}

type CertificateMessage = (host: string, settings: NatsSettings, reason: string) => string;

const untrusted: CertificateMessage = (host, { caFile }) =>
  `The certificate of NATS at ${host} is signed by no authority that is trusted here: ` +
  (caFile
    ? `NATS_CA_FILE (${caFile}) must hold the certificate of the authority that signed it`
    : 'set NATS_CA_FILE to a PEM file with the certificate of the authority that signed it');

const certificateMessages: Readonly<Record<string, CertificateMessage>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_UNTRUSTED: untrusted,
  INVALID_CA: untrusted,
  CERT_HAS_EXPIRED: (host) =>
    `The certificate of NATS at ${host}, or of its authority, has expired: renew it, or check the clock of this machine`,
  CERT_NOT_YET_VALID: (host) =>
    `The certificate of NATS at ${host} is not valid yet: check the clocks of both machines`,
  ERR_TLS_CERT_ALTNAME_INVALID: (host, _, reason) =>
    `The certificate of NATS is for another name than ${host} has in NATS_URL: use one that it has, or issue one for it ` +
    `(${reason})`,
};

const clientCertificateAlerts = /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE/;

function handshakeMessage(code: string, message: string): CertificateMessage | undefined {
  if (message.includes("does not support 'tls'")) {
    return (host, { caFile }) =>
      `NATS at ${host} speaks no TLS, and ${caFile ? 'NATS_CA_FILE' : 'tls:// in NATS_URL'} demands it: no password was sent`;
  }
  if (clientCertificateAlerts.test(code)) {
    return (host) =>
      `NATS at ${host} ended the TLS handshake (${code}): it may demand a certificate of its clients (verify), which Weir has none of`;
  }
  if (/^(ERR_SSL_|ERR_TLS_|EPROTO$|CERT_)/.test(code)) {
    return (host) =>
      `The TLS handshake with NATS at ${host} failed (${code}): check the certificate and tls {} of the server`;
  }
  return undefined;
}

const closed =
  'it closed the connection. Check that NATS listens at that port and takes more connections (max_connections), and its log';

const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there. Check NATS_URL, and that the server runs',
  ENOTFOUND: 'there is no such name in DNS. Check NATS_URL',
  EHOSTUNREACH: 'there is no way to that address. Check NATS_URL and the network',
  ENETUNREACH: 'there is no way to that address. Check NATS_URL and the network',
  ETIMEDOUT:
    'it did not answer in time. It hangs, a firewall drops what is sent, it takes no more connections, or it wants TLS before its greeting',
  ECONNRESET: closed,
  EPIPE: closed,
};

function protocolReason(message: string): string {
  if (message.includes('unexpected response')) {
    return 'what answers there does not greet as NATS does. It is another program, or takes no more connections';
  }
  // What the client makes of an end without an error.
  if (message.includes('undefined error')) return closed;
  return message.slice(0, maxReasonLength);
}

function describe(error: unknown): { code?: string; message: string } {
  if (!(error instanceof Error)) return { message: closed };
  const cause = error.cause instanceof Error ? error.cause : error;
  const found = [error, cause].find(
    (each): each is Error & { code: string } => 'code' in each && typeof each.code === 'string',
  );
  return { ...(found && { code: found.code }), message: cause.message };
}
