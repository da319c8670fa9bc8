import type { RequestListener } from 'node:http';
import { startHttpHost, type HttpHost, type HttpHostOptions } from '@weir/testkit/servers/http-host';
import { onTestFinished } from 'vitest';

/** A host that answers as it is told until the test is over, and remembers its connections and requests. */
export async function startHost(listener: RequestListener, options?: HttpHostOptions): Promise<HttpHost> {
  const host = await startHttpHost(listener, options);
  onTestFinished(() => {
    host.close();
  });
  return host;
}
