import type { LookupFunction } from 'node:net';
import { Agent, Pool, request, type Dispatcher } from 'undici';
import { Fault } from '../fault.ts';
import { onAbort } from '../on-abort.ts';
import { createGuardedConnector } from './guarded-connector.ts';
import type { HostPolicy } from './host-policy.ts';
import { NameResolver, type Resolve } from './name-resolver.ts';
import { TimeoutTimer } from './timeout-timer.ts';
import { transportFault } from './transport-fault.ts';

export interface GuardedFetchParts {
  readonly hostPolicy: HostPolicy;
  /** For the whole of it: from the look-up of the name to the last byte of the answer. */
  readonly timeoutMs: number;
  /** The largest body of an answer. */
  readonly maxBytes: number;
  /** Resolves names that the operator allows; by default the system does. */
  readonly lookup?: LookupFunction | undefined;
  /** Resolves all others; by default DNS does. */
  readonly resolve?: Resolve | undefined;
  /** Which addresses may be connected to; tests have no public ones. */
  readonly isPublic?: (address: string) => boolean;
}

export interface GuardedRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

/** Rejects with a Fault alone. An answer is one whatever its status, and has its whole body. */
export type GuardedFetch = (url: string | URL, request?: GuardedRequest) => Promise<Response>;

/**
 * Speaks to hosts that somebody else than the operator has named: over https and to public addresses only, unless the
 * operator allows the host in WEIR_ALLOWED_HOSTS. A redirect is an answer like any other, and nobody follows it.
 */
export function createGuardedFetch(parts: GuardedFetchParts): GuardedFetch {
  const { hostPolicy, timeoutMs, maxBytes, lookup, resolve, isPublic } = parts;
  const names = new NameResolver({ resolve });
  const guard = { timeoutMs, hostPolicy, names, lookup, ...(isPublic && { isPublic }) };
  const dispatcher = new Agent({
    factory: (origin) => {
      const { origin: place } = new URL(origin);
      return new Pool(place, { connect: createGuardedConnector({ origin: place, ...guard }) });
    },
  });

  return async (address, { method = 'GET', headers, body = null, signal } = {}) => {
    const url = allowedUrl(address, hostPolicy);
    const controller = new AbortController();
    const limit = new TimeoutTimer(timeoutMs, () => {
      controller.abort(new Fault('upstream_timeout'));
    });
    const forgetSignal =
      signal &&
      onAbort(signal, () => {
        controller.abort(signal.reason);
      });
    try {
      const sent = { method, body, ...(headers && { headers: { ...headers } }) };
      const limits = { headersTimeout: 0, bodyTimeout: 0, signal: controller.signal };
      const answer = await request(url, { ...sent, ...limits, dispatcher }).catch((thrown: unknown) => {
        throw transportFault(thrown, 'asking');
      });
      return toResponse(answer, await readBody(answer, maxBytes));
    } finally {
      limit.clear();
      forgetSignal?.();
    }
  };
}

/** Where it leads is checked when it is connected to. */
function allowedUrl(address: string | URL, hostPolicy: HostPolicy): URL {
  const url = URL.parse(address.toString());
  // What comes after the host is the caller's own affair.
  const reason = url ? hostPolicy.checkHost(url.origin) : 'must be a URL';
  const isSigned = url && (url.username !== '' || url.password !== '');
  if (url && reason === undefined && !isSigned) return url;
  const cause = new Error(`A URL ${reason ?? 'must have no user and no password'}`);
  throw new Fault('host_not_allowed', { cause });
}

async function readBody({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maxBytes) {
        throw new Fault('upstream_answer_too_large', { cause: new Error(`Larger than ${maxBytes} bytes`) });
      }
      pieces.push(piece);
    }
  } catch (thrown) {
    throw transportFault(thrown, 'answering');
  }
  return Buffer.concat(pieces);
}

function toResponse(
  { statusCode: status, headers: received }: Dispatcher.ResponseData,
  body: Buffer,
): Response {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(received)) {
    for (const value of [values].flat()) headers.append(name, value);
  }
  const hasNoBody = status === 204 || status === 304;
  return new Response(hasNoBody ? null : new Uint8Array(body), { status, headers });
}
