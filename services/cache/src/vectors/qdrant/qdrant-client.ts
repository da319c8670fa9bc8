import { QdrantClient } from '@qdrant/js-client-rest';
import { Fault } from '@weir/service-kit/fault';
import { z } from 'zod';

interface QdrantClientOptions {
  readonly url: string;
  readonly apiKey: string | undefined;
  /** How long each call may take. */
  readonly timeoutMs: number;
}

/** Makes a call. Whatever fails, fails as a `Fault`, and within the time-out. */
export type Qdrant = <T>(call: (client: QdrantClient) => Promise<T>) => Promise<T>;

const standardPort = 6333;
const maxConnections = 8;

/** `onGone` is called where Qdrant does not know what a call names. */
export function createQdrantClient(
  { url, apiKey, timeoutMs }: QdrantClientOptions,
  onGone: () => void,
): Qdrant {
  const { pathname } = new URL(url);
  const client = new QdrantClient({
    url,
    // It would drop a path, and take a port that is the scheme's own for none.
    ...(pathname !== '/' && { prefix: pathname.replace(/\/$/, ''), url: new URL(url).origin }),
    port: hasPort(url) ? null : standardPort,
    timeout: timeoutMs,
    maxConnections,
    // Not as `apiKey`: it would write to the console where the address is http.
    ...(apiKey !== undefined && { headers: { 'api-key': apiKey } }),
    checkCompatibility: false,
  });
  return async (call) => {
    try {
      return await call(client);
    } catch (error) {
      const status = statusSchema.safeParse(error).data?.status;
      if (status === 404) onGone();
      throw new Fault('service_unavailable', { cause: new Error(`Qdrant: ${reasonOf(error, status)}`) });
    }
  };
}

const statusSchema = z.object({ status: z.int() });

/** Nothing of what Qdrant has written: it quotes what it was sent. */
function reasonOf(error: unknown, status: number | undefined): string {
  if (status !== undefined) return `it answered with status ${status}`;
  if (!(error instanceof Error)) return 'the call failed';
  if (error.name === 'QdrantClientTimeoutError') return 'no answer in time';
  const { cause } = error;
  return cause instanceof Error ? `${error.name}: ${cause.message || cause.name}` : error.name;
}

function hasPort(url: string): boolean {
  return /^https?:\/\/(?:[^/@]*@)?[^/]*:\d+(?:[/?#]|$)/i.test(url);
}
