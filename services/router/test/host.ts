import type { RequestListener } from 'node:http';
import { startHttpHost, type HttpHost, type HttpHostOptions } from '@weir/testkit/servers/http-host';
import { onTestFinished } from 'vitest';
import type { UpstreamSettings } from '../src/adapters/upstreams.ts';
import type { Provider } from '../src/domain/provider.ts';
import { aProvider } from './a-provider.ts';

/** A host that answers as it is told until the test is over, and remembers its connections and requests. */
export async function startHost(listener: RequestListener, options?: HttpHostOptions): Promise<HttpHost> {
  const host = await startHttpHost(listener, options);
  onTestFinished(() => {
    host.close();
  });
  return host;
}

/** A provider at this base URL. */
export function hostProvider(baseUrl: string, fields: Partial<Provider> = {}): Provider {
  return aProvider({ baseUrl, ...fields });
}

export const upstreamSettings: UpstreamSettings = {
  connectTimeoutMs: 5_000,
  firstByteTimeoutMs: 5_000,
  idleTimeoutMs: 5_000,
  keepAliveMs: 5_000,
  maxAnswerBytes: 1024 * 1024,
};
