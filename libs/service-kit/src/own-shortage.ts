/** What errors of the system say that this process or its host lacks, with what an operator does about it. */
const lacks = {
  EMFILE: 'no file descriptors are left to it: raise its limit of open files (ulimit -n, LimitNOFILE)',
  ENFILE: 'no file descriptors are left on its host: raise fs.file-max',
  ENOMEM: 'no memory is left to it: raise its limit of memory',
  ENOBUFS: "no buffers for connections are left on its host: raise the system's limits of socket memory",
  EADDRNOTAVAIL: 'no local ports are left on its host: widen net.ipv4.ip_local_port_range',
  ENETDOWN: "its host's network is down",
  EAI_AGAIN: 'its DNS does not answer: look at /etc/resolv.conf',
  EPROXY: 'its own proxy fails: look at HTTPS_PROXY',
} as const;

export type ShortageCode = keyof typeof lacks;

export const shortageText = (code: ShortageCode) => lacks[code];

/** What Node, OpenSSL or undici calls the error: `ECONNREFUSED`. */
export function systemCode(thrown: unknown): string | undefined {
  const hasCode = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string';
  return hasCode ? String(thrown.code) : undefined;
}

const sameAs: Readonly<Record<string, ShortageCode>> = { EAI_MEMORY: 'ENOMEM' };

/**
 * What this process or its host lacks, where that is what the error says: it says nothing of whoever was to be reached. Of a host with
 * several addresses all have to have failed so.
 */
export function ownShortage(thrown: unknown): ShortageCode | undefined {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) {
    const codes = thrown.errors.map(ownShortage);
    return codes.every((code) => code !== undefined) ? codes[0] : undefined;
  }
  const code = systemCode(thrown) ?? '';
  if (code in lacks) return code as ShortageCode;
  if (code in sameAs) return sameAs[code];
  if (code === 'ECONNREFUSED' && syscallOf(thrown)?.startsWith('query')) return 'EAI_AGAIN';
  return thrown instanceof Error && thrown.cause !== undefined ? ownShortage(thrown.cause) : undefined;
}

/** What undici and this kit call failures on the way to a connection. */
const connecting: ReadonlySet<string | undefined> = new Set(['EPROXY', 'UND_ERR_CONNECT_TIMEOUT']);

/** Whether it failed before there was a connection over which anything could have been sent. */
export function isBeforeConnection(thrown: unknown): boolean {
  if (thrown instanceof AggregateError) return thrown.errors.every(isBeforeConnection);
  if (connecting.has(systemCode(thrown))) return true;
  const syscall = syscallOf(thrown);
  if (syscall !== undefined) return /^(connect|getaddrinfo|query|socket|bind)/.test(syscall);
  return thrown instanceof Error && thrown.cause !== undefined && isBeforeConnection(thrown.cause);
}

function syscallOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'syscall' in thrown && typeof thrown.syscall === 'string'
    ? thrown.syscall
    : undefined;
}
