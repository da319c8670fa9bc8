import type { Pool } from 'undici';
import type { Dialect } from '../domain/dialect.ts';
import type { Provider } from '../domain/provider.ts';
import { transportFault } from './transport-fault.ts';
import { UpstreamAnswer } from './upstream-answer.ts';

interface UpstreamParts {
  readonly provider: Provider;
  readonly dialect: Dialect;
  readonly pool: Pool;
  readonly maxAnswerBytes: number;
}

/** `{model}`, as a URL has it in its path. */
const modelInPath = '%7Bmodel%7D';

/** A provider's host, and the protocol it speaks. Everything that its requests have in common is made once. */
export class Upstream {
  readonly dialect: Dialect;
  readonly #pool: Pool;
  readonly #basePath: string;
  readonly #query: string;
  readonly #headers: string[];
  readonly #maxAnswerBytes: number;

  constructor({ provider, dialect, pool, maxAnswerBytes }: UpstreamParts) {
    this.dialect = dialect;
    this.#pool = pool;
    this.#basePath = new URL(provider.baseUrl).pathname.replace(/\/+$/, '');
    this.#query = new URLSearchParams(provider.query).toString();
    this.#headers = Object.entries(headersOf(provider, dialect)).flat();
    this.#maxAnswerBytes = maxAnswerBytes;
  }

  /** Sends JSON. Throws a Fault where no answer comes; an answer of any status is one, a redirect included. */
  post(path: string, body: string, model: string, signal: AbortSignal): Promise<UpstreamAnswer> {
    const base = this.#basePath.replace(modelInPath, encodeURIComponent(model));
    return this.#ask({ method: 'POST', path: this.#withQuery(`${base}/${path}`), body, signal });
  }

  get(path: string, signal: AbortSignal): Promise<UpstreamAnswer> {
    return this.#ask({ method: 'GET', path: this.#withQuery(`${this.#basePath}/${path}`), signal });
  }

  async #ask(request: { method: 'GET' | 'POST'; path: string; body?: string; signal: AbortSignal }) {
    try {
      const response = await this.#pool.request({ ...request, headers: this.#headers });
      return new UpstreamAnswer(response, this.#maxAnswerBytes);
    } catch (thrown) {
      throw transportFault(thrown, 'asking');
    }
  }

  #withQuery(path: string): string {
    if (this.#query === '') return path;
    return `${path}${path.includes('?') ? '&' : '?'}${this.#query}`;
  }
}

function headersOf({ apiKey, keyHeader, headers }: Provider, dialect: Dialect): Record<string, string> {
  const ownKey = keyHeader !== undefined && apiKey !== undefined ? { [keyHeader]: apiKey } : {};
  return {
    'content-type': 'application/json',
    ...dialect.headers(keyHeader === undefined ? apiKey : undefined),
    ...ownKey,
    ...headers,
  };
}
