import type { Dialect } from '../domain/dialect.ts';
import { onAbort } from '@weir/service-kit/on-abort';
import { secretsOf, type KnownCredential, type Provider } from '../domain/provider.ts';
import type { Timeouts } from '../domain/routing/compiled-config.ts';
import type { OwnShortages } from '@weir/service-kit/own-shortages';
import type { KnownSecrets } from '@weir/service-kit/secrets/known-secrets';
import { AnswerSecrets } from '../domain/answer-secrets.ts';
import type { ConnectionPools } from './connection-pools.ts';
import { transportFault } from '@weir/service-kit/outbound/transport-fault';
import { UpstreamResponse } from './upstream-response.ts';

interface UpstreamParts {
  readonly provider: Provider;
  readonly dialect: Dialect;
  readonly pools: ConnectionPools;
  /** Told of every key that is used. */
  readonly secrets?: Pick<KnownSecrets, 'noteUse'> | undefined;
  /** Told of what this process lacks for its calls. */
  readonly shortages?: Pick<OwnShortages, 'note'> | undefined;
  readonly settings: {
    readonly firstByteTimeoutMs: number;
    readonly firstContentTimeoutMs?: number | undefined;
    readonly idleTimeoutMs: number;
    readonly maxAnswerBytes: number;
  };
}

/** One request to a provider. */
export interface CallOptions {
  readonly credential: KnownCredential | undefined;
  readonly signal: AbortSignal;
  /** Of the settings' time-outs, those that this call has otherwise. */
  readonly timeouts?: Pick<Timeouts, 'connectMs' | 'firstByteMs' | 'idleMs'> | undefined;
}

interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** `{model}`, as a URL has it in its path. */
const modelInPath = '%7Bmodel%7D';

/**
 * How much longer than a reader undici waits for the next piece of an answer: its clock goes in half seconds. It ends what
 * is left of an answer that nobody reads.
 */
const unreadGraceMs = 1_000;

/** A provider's host, and the protocol it speaks. Everything that its requests have in common is made once. */
export class Upstream {
  readonly dialect: Dialect;
  /** Models that have refused to be asked for the usage of a stream; a few at most. */
  readonly modelsWithoutStreamOptions = new Set<string>();
  readonly #parts: UpstreamParts;
  readonly #place: { readonly origin: string; readonly isGuarded: boolean };
  readonly #basePath: string;
  readonly #query: string;
  readonly #headersWithout: string[];
  readonly #headersWith = new WeakMap<KnownCredential, string[]>();
  readonly #secretsWith = new WeakMap<KnownCredential, AnswerSecrets>();

  constructor(parts: UpstreamParts) {
    const { provider, dialect } = parts;
    const { origin, pathname } = new URL(provider.baseUrl);
    this.dialect = dialect;
    this.#parts = parts;
    this.#place = { origin, isGuarded: provider.isPublicHostOnly ?? false };
    this.#basePath = pathname.replace(/(?<!\/)\/+$/, '');
    this.#query = new URLSearchParams(provider.query).toString();
    this.#headersWithout = toHeaders(parts, undefined);
  }

  /** Of a stream, where a call has no limit of its own. It is for its reader to keep. */
  get firstContentTimeoutMs(): number | undefined {
    return this.#parts.settings.firstContentTimeoutMs;
  }

  /** What its answers to a request with this credential may not repeat. */
  answerSecrets(credential: KnownCredential | undefined): AnswerSecrets | undefined {
    if (credential === undefined) return undefined;
    const existing = this.#secretsWith.get(credential);
    if (existing) return existing;
    const secrets = new AnswerSecrets(secretsOf(this.#parts.provider, credential));
    this.#secretsWith.set(credential, secrets);
    return secrets;
  }

  /** Sends JSON. Throws a Fault where no answer comes; an answer of any status is one, a redirect included. */
  post(path: string, body: string, { model, ...options }: CallOptions & { model: string }) {
    const base = this.#basePath.replace(modelInPath, encodeURIComponent(model));
    return this.#send({ method: 'POST', path: this.#withQuery(`${base}/${path}`), body }, options);
  }

  get(path: string, options: CallOptions): Promise<UpstreamResponse> {
    return this.#send({ method: 'GET', path: this.#withQuery(`${this.#basePath}/${path}`) }, options);
  }

  async #send(
    parts: UpstreamRequest,
    { credential, signal, timeouts = {} }: CallOptions,
  ): Promise<UpstreamResponse> {
    const { pools, settings, shortages } = this.#parts;
    const { connectMs, firstByteMs, idleMs = settings.idleTimeoutMs } = timeouts;
    try {
      signal.throwIfAborted();
      const request = pools.at({ ...this.#place, connectMs }).request({
        ...parts,
        headers: this.#headersFor(credential),
        headersTimeout: firstByteMs ?? settings.firstByteTimeoutMs,
        bodyTimeout: idleMs + unreadGraceMs,
        signal,
      });
      const response = await untilAborted(request, signal);
      return new UpstreamResponse(response, { maxBytes: settings.maxAnswerBytes, idleMs });
    } catch (thrown) {
      shortages?.note(thrown);
      throw transportFault(thrown, 'asking');
    }
  }

  #headersFor(credential: KnownCredential | undefined): string[] {
    if (credential === undefined) return this.#headersWithout;
    this.#parts.secrets?.noteUse(credential.secret);
    const existing = this.#headersWith.get(credential);
    if (existing) return existing;
    const headers = toHeaders(this.#parts, credential);
    this.#headersWith.set(credential, headers);
    return headers;
  }

  #withQuery(path: string): string {
    if (this.#query === '') return path;
    return `${path}${path.includes('?') ? '&' : '?'}${this.#query}`;
  }
}

/** Undici hears of an abort only once a request has a connection, and would wait for that. It sends nothing then. */
async function untilAborted<Response>(request: Promise<Response>, signal: AbortSignal): Promise<Response> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stopListening = onAbort(signal, () => {
    reject(signal.reason);
  });
  try {
    return await Promise.race([request, aborted]);
  } finally {
    stopListening();
  }
}

function toHeaders({ provider, dialect }: UpstreamParts, credential: KnownCredential | undefined): string[] {
  const { keyHeader, headers, accountHeaders } = provider;
  const key = credential?.secret;
  const ownKey = keyHeader !== undefined && key !== undefined ? { [keyHeader]: key } : {};
  return Object.entries({
    'content-type': 'application/json',
    'accept-encoding': 'identity',
    ...dialect.headers(keyHeader === undefined ? key : undefined),
    ...ownKey,
    ...headers,
    ...(!credential?.isStored && accountHeaders),
  }).flat();
}
