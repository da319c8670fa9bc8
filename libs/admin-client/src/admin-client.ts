import type { AdminEndpoint, InputOf } from '@weir/contracts/admin/admin-endpoint';
import type { ReplyOf } from '@weir/contracts/descriptors';
import { errorResponseSchema } from '@weir/contracts/error-response';
import { AdminApiError } from './admin-api-error.ts';
import { toHttpRequest, type AdminInput } from './http-request.ts';

interface AdminClientOptions {
  /** Where the gateway is: `http://127.0.0.1:8080`. */
  readonly baseUrl: string | URL;
  readonly adminKey: string;
  readonly fetch?: typeof globalThis.fetch;
}

interface CallOptions {
  readonly signal?: AbortSignal;
}

type ItemOf<E extends AdminEndpoint> = ReplyOf<E> extends { data: readonly (infer Item)[] } ? Item : never;

export interface AdminClient {
  /**
   * Asks what a contract of `@weir/contracts/admin/*` offers: `call(readConfig, { name: 'cheap' })`. Rejects with
   * {@link AdminApiError} where the gateway says no, and with what `fetch` rejects with where it does not answer.
   */
  call<E extends AdminEndpoint>(endpoint: E, input: InputOf<E>, options?: CallOptions): Promise<ReplyOf<E>>;

  /** Every item of a paged list, page by page as they are taken: `limit` is the size of a page. */
  items<E extends AdminEndpoint>(
    endpoint: E,
    input: InputOf<E>,
    options?: CallOptions,
  ): AsyncGenerator<ItemOf<E>>;

  /**
   * All of a list as `text/csv`, as it comes. Where the gateway breaks it off, reading it fails: what was read is not the whole then.
   */
  csv<E extends AdminEndpoint>(
    endpoint: E,
    input: InputOf<E>,
    options?: CallOptions,
  ): Promise<ReadableStream<Uint8Array>>;
}

/** The admin API, typed by its contracts. What it replies is parsed by the contract's schema. */
export function createAdminClient(options: AdminClientOptions): AdminClient {
  const { adminKey, baseUrl, fetch = globalThis.fetch } = options;

  const send = ({ http }: AdminEndpoint, input: AdminInput, { signal }: CallOptions = {}) => {
    const { body, headers, method, path } = toHttpRequest(http, input);
    return fetch(new URL(path, baseUrl), {
      method,
      headers: { authorization: `Bearer ${adminKey}`, ...headers },
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
  };
  const ask = async (endpoint: AdminEndpoint, input: AdminInput, callOptions?: CallOptions) =>
    readReply(endpoint, await send(endpoint, input, callOptions));

  const client: AdminClient = {
    call: async <E extends AdminEndpoint>(endpoint: E, input: InputOf<E>, callOptions?: CallOptions) =>
      (await ask(endpoint, input, callOptions)) as ReplyOf<E>,

    async *items(endpoint, input, callOptions) {
      if (!endpoint.http.isPaged) throw new TypeError(`${endpoint.name} has no pages.`);
      let page: Page;
      let after: string | undefined;
      do {
        const ofPage = { ...(input as AdminInput), ...(after !== undefined && { after }) };
        page = (await ask(endpoint, ofPage, callOptions)) as Page;
        for (const item of page.data) yield item as ItemOf<typeof endpoint>;
        after = page.next ?? undefined;
      } while (page.has_more && after !== undefined);
    },

    async csv(endpoint, input, callOptions) {
      if (!endpoint.http.csv) throw new TypeError(`${endpoint.name} has no CSV.`);
      const response = await send(endpoint, { ...(input as AdminInput), format: 'csv' }, callOptions);
      const isCsv = response.headers.get('content-type')?.startsWith('text/csv') ?? false;
      if (response.ok && isCsv && response.body) return response.body;
      // An error, or what no gateway answers: both are thrown.
      await readReply(endpoint, response);
      const message = `The gateway's reply to ${endpoint.name} is not CSV.`;
      throw new AdminApiError({
        message,
        code: 'unexpected_response',
        status: response.status,
        requestId: undefined,
      });
    },
  };
  return client;
}

interface Page {
  readonly data: readonly unknown[];
  readonly has_more: boolean;
  readonly next: string | null;
}

async function readReply(endpoint: AdminEndpoint, response: Response): Promise<unknown> {
  const value: unknown = await response.json().catch(() => undefined);
  const { status } = response;
  const requestId = response.headers.get('x-request-id') ?? undefined;
  if (!response.ok) {
    const parsed = errorResponseSchema.safeParse(value);
    if (parsed.success) throw new AdminApiError({ ...parsed.data.error, status, requestId });
    const message = `The gateway answered with status ${status} and no error that is Weir's.`;
    throw new AdminApiError({ message, code: 'unexpected_response', status, requestId });
  }
  const reply = endpoint.reply.safeParse(value);
  if (reply.success) return reply.data;
  const message = `The gateway's reply to ${endpoint.name} is not what its contract says.`;
  throw new AdminApiError({ message, code: 'unexpected_response', status, requestId, cause: reply.error });
}
