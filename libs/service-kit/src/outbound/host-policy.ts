import { isIP } from 'node:net';
import { matchesHost, withoutFinalDot, type HostPattern } from './host-pattern.ts';
import { isPublicAddress } from './public-address.ts';

/**
 * Names that lead nowhere but into a network of one's own (RFC 6762, 8375, ICANN's `internal`, and what people call
 * theirs), and those that lead nowhere at all (RFC 2606, 6761, 7686, 9476).
 */
const localName =
  /(?:^|\.)(?:localhost|localdomain|local|internal|home\.arpa|lan|corp|home|intranet|private|svc|consul|test|invalid|example|onion|alt)$/;

const unlessAllowed = 'or be allowed by the operator in WEIR_ALLOWED_HOSTS';

/**
 * Which hosts a config may name: those that are https and public, and those that the operator allows. What a name
 * resolves to is not known here: whoever connects has to check that.
 */
export class HostPolicy {
  readonly #allowed: readonly HostPattern[];

  constructor(allowed: readonly HostPattern[]) {
    this.#allowed = allowed;
  }

  /** Why a config may not name this base URL, as the rest of a sentence that begins with its field; undefined where it may. */
  checkHost(baseUrl: string): string | undefined {
    if (!/^https?:\/\/[^\s\\]+$/i.test(baseUrl) || !URL.canParse(baseUrl)) {
      return 'must be a URL, as https://llm.example.com/v1';
    }
    const url = new URL(baseUrl);
    if (url.username !== '' || url.password !== '' || /[?#]/.test(baseUrl)) {
      return 'must be a URL without user, password, query or fragment';
    }
    if (this.allows(url)) return undefined;
    if (url.protocol !== 'https:') return `must be https, ${unlessAllowed}`;
    return isPublicHost(url) ? undefined : `must name a public host, ${unlessAllowed}`;
  }

  /** Whether the operator has named this host and port: it is connected to wherever it is. */
  allows(url: URL): boolean {
    return this.#allowed.some((pattern) => matchesHost(pattern, url));
  }
}

function isPublicHost({ hostname }: URL): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0) return isPublicAddress(address);
  const name = withoutFinalDot(hostname);
  // A name without a dot is one of a network's own.
  return name.includes('.') && !localName.test(name);
}
