import { isIP } from 'node:net';

/** Hosts that an operator allows: `gpu-box:8000`, `*.corp.example:443`, `[fd00::1]:*`. */
export interface HostPattern {
  /** As URLs have it: in lower case, IPv6 in brackets. */
  readonly host: string;
  /** Whether it stands for every name that ends so, and not for the host itself. */
  readonly isSuffix: boolean;
  /** Undefined for the scheme's own: 443, and 80 for http. */
  readonly port: number | '*' | undefined;
}

const form = /^(?<wildcard>\*\.)?(?<host>\[[\da-f:.]+\]|[^\s:/?#@%*[\]\\]+)(?::(?<port>\*|\d{1,5}))?$/i;

/** Undefined where the text is no pattern. */
export function parseHostPattern(text: string): HostPattern | undefined {
  const { wildcard, host = '', port } = form.exec(text)?.groups ?? {};
  if (!URL.canParse(`https://${host}`)) return undefined;
  const { hostname } = new URL(`https://${host}`);
  const isSuffix = wildcard !== undefined;
  if (isSuffix && isIP(hostname) !== 0) return undefined;
  const number = port === undefined || port === '*' ? port : Number(port);
  if (typeof number === 'number' && (number < 1 || number > 65_535)) return undefined;
  return { host: withoutFinalDot(hostname), isSuffix, port: number };
}

export function matchesHost({ host, isSuffix, port }: HostPattern, url: URL): boolean {
  const name = withoutFinalDot(url.hostname);
  if (isSuffix ? !name.endsWith(`.${host}`) : name !== host) return false;
  // A URL has no port where it is the scheme's own.
  return port === '*' || (port === undefined ? url.port === '' : port === portOf(url));
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

/** `llm.example.com.` is the same host. */
export function withoutFinalDot(hostname: string): string {
  return hostname.replace(/\.$/, '');
}
