import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { UnreadableEntries } from './bus/discovery/service-metadata.ts';
import type { Metrics } from './metrics.ts';

interface OpsServerOptions {
  host: string;
  port: number;
  metrics: Metrics;
  /** What the service lacks before it can serve; empty when it is ready. */
  missing: () => Promise<string[]>;
  /** What it cannot read of its buckets: it is ready all the same, for requests that do not depend on that. */
  unreadable: () => UnreadableEntries;
}

/** `/health`, `/ready` and `/metrics` on an address that only operators reach. */
export async function startOpsServer({
  host,
  port,
  metrics,
  missing,
  unreadable,
}: OpsServerOptions): Promise<Server> {
  const answer = async (path: string, response: ServerResponse) => {
    if (path === '/health') reply(response, 200, 'text/plain', 'ok\n');
    else if (path === '/metrics') reply(response, 200, metrics.contentType, await metrics.expose());
    else if (path === '/ready') {
      const lacks = await missing();
      const ready = lacks.length === 0;
      const told = { ready, missing: lacks, unreadable: unreadable() };
      reply(response, ready ? 200 : 503, 'application/json', JSON.stringify(told));
    } else reply(response, 404, 'text/plain', 'not found\n');
  };
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response).catch(() => {
      reply(response, 500, 'text/plain', 'failed\n');
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

function reply(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType }).end(body);
}
