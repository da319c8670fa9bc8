import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Problem, ProcessState } from '@weir/contracts/problems';
import type { UnreadableEntries } from './bus/discovery/service-metadata.ts';
import type { Metrics } from './metrics.ts';

interface OpsServerOptions {
  host: string;
  port: number;
  metrics: Metrics;
  readiness: () => Promise<ReadinessReport>;
}

/** What a process says of itself. */
export interface ReadinessReport {
  /** Whether a balancer is to send it requests: one that is full refuses quickly, and one that is starved goes on where no other is ready. */
  readonly ready: boolean;
  readonly state: ProcessState;
  /** What it lacks before it can serve, in words for an operator; empty when it is ready. */
  readonly missing: readonly string[];
  /** What it lacks or suffers from, with fault codes. It may be ready all the same. */
  readonly problems: readonly Problem[];
  /** What it cannot read of its buckets: it is ready all the same, for requests that do not depend on that. */
  readonly unreadable: UnreadableEntries;
}

/** `/health`, `/ready` and `/metrics` on an address that only operators reach. */
export async function startOpsServer({ host, port, metrics, readiness }: OpsServerOptions): Promise<Server> {
  const answer = async (path: string, response: ServerResponse) => {
    if (path === '/health') reply(response, 200, 'text/plain', 'ok\n');
    else if (path === '/metrics') reply(response, 200, metrics.contentType, await metrics.expose());
    else if (path === '/ready') {
      const report = await readiness();
      reply(response, report.ready ? 200 : 503, 'application/json', JSON.stringify(report));
    } else reply(response, 404, 'text/plain', 'not found\n');
  };
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response).catch(() => {
      reply(response, 500, 'text/plain', 'failed\n');
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  // A connection that could not be accepted, since the system lacks something: the next may be. Without a listener the process would end.
  server.on('error', () => undefined);
  return server;
}

function reply(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType }).end(body);
}
