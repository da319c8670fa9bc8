import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '@weir/service-kit/backoff';
import { writeLine } from '../terminal-text.ts';

/** Why no answer came: nobody listens, the connection or the patience ended, or TLS does not hold. */
type NoAnswerReason = 'refused' | 'unknown_host' | 'untrusted' | 'lost' | 'timeout' | 'stopped';

/** A request without an answer. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly reason: NoAnswerReason;
  /** Whether it was sent, so that the gateway may have done it. */
  readonly wasSent: boolean;

  constructor(reason: NoAnswerReason, { wasSent, cause }: { wasSent: boolean; cause: unknown }) {
    super(`no answer: ${reason}`, { cause });
    this.reason = reason;
    this.wasSent = wasSent;
  }
}

interface GatewayFetchParts {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Where each request is told, with its key masked and without bodies. */
  readonly log?: NodeJS.WritableStream | undefined;
}

const maxAttempts = 3;

/**
 * `fetch` for the admin client. A request that does no harm when it is done twice, which is one that only reads or carries
 * an idempotency key, is sent again where the connection is lost. Rejects with a {@link NoAnswerError}.
 */
export function createGatewayFetch(parts: GatewayFetchParts): typeof globalThis.fetch {
  const { signal } = parts;
  return async (url, init = {}) => {
    const headers = new Headers(init.headers);
    const isRepeatable = init.method === 'GET' || headers.has('idempotency-key');
    for (let failures = 0, wasSent = false; ;) {
      try {
        return await fetchOnce(url, init, parts);
      } catch (error) {
        const reason = signal.aborted ? 'stopped' : reasonOf(error);
        wasSent ||= reason === 'lost' || reason === 'timeout' || reason === 'stopped';
        failures += 1;
        const isOver = reason !== 'lost' && !(reason === 'refused' && wasSent);
        if (!isRepeatable || isOver || failures === maxAttempts) {
          throw new NoAnswerError(wasSent && reason === 'refused' ? 'lost' : reason, {
            wasSent,
            cause: error,
          });
        }
        const pauseMs = backoffMs(failures - 1, { firstMs: 250, longestMs: 1_000 });
        // Ctrl-C meanwhile makes the next attempt end at once.
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  };
}

/** The body belongs to the attempt: a connection that ends within it is lost too. Only CSV is handed on as it comes, however long it takes. */
async function fetchOnce(
  url: string | URL | Request,
  init: RequestInit,
  { log, signal, timeoutMs }: GatewayFetchParts,
): Promise<Response> {
  const startMs = performance.now();
  if (log) writeLine(log, requestLine(url, init));
  const patience = new AbortController();
  const timer = setTimeout(() => {
    patience.abort(new DOMException('It took too long.', 'TimeoutError'));
  }, timeoutMs);
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.any([signal, patience.signal]),
    });
    const { headers, status } = response;
    const isCsv = headers.get('content-type')?.startsWith('text/csv') ?? false;
    const body = isCsv ? '' : await response.text();
    const tookMs = Math.round(performance.now() - startMs);
    if (log) writeLine(log, `< ${status} after ${tookMs} ms, request ${headers.get('x-request-id') ?? '-'}`);
    return isCsv ? response : new Response(body === '' ? null : body, { status, headers });
  } finally {
    clearTimeout(timer);
  }
}

/** Of a key no more than what is public: the form and the id of one of ours. */
function requestLine(url: string | URL | Request, { headers, method }: RequestInit): string {
  const shown = Object.entries(headers as Record<string, string>).map(([name, value]) => {
    const [known = ''] = /^Bearer weir-admin-[a-z0-9]{8}(?=-)/.exec(value) ?? [];
    return `${name}: ${name === 'authorization' ? `${known || 'Bearer '}****` : value}`;
  });
  return `> ${method} ${url instanceof Request ? url.url : url.toString()}  ${shown.join('  ')}`;
}

/** By what undici, the system and OpenSSL call them. */
function reasonOf(error: unknown): NoAnswerReason {
  const { cause, name } = error as { cause?: { code?: string }; name?: string };
  const code = cause?.code ?? '';
  if (name === 'TimeoutError') return 'timeout';
  if (/ENOTFOUND|EAI_AGAIN/.test(code)) return 'unknown_host';
  if (/CERT|TLS|SSL|SELF_SIGNED|SIGNATURE/.test(code)) return 'untrusted';
  return /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|CONNECT_TIMEOUT/.test(code) ? 'refused' : 'lost';
}
