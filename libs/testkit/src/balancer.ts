import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Balancer {
  readonly url: string;
  close(): Promise<void>;
}

const readinessPollMs = 50;

/**
 * A load balancer as small as one can be, which does what real ones do: asks every target whether it is ready, sends
 * each request to the next that is, and tries another only where a connection was refused, so that nothing is done
 * twice. `targets` is read anew each time: tests replace its members.
 */
export async function startBalancer(targets: readonly string[]): Promise<Balancer> {
  const ready = new Set<string>();
  const poll = setInterval(() => {
    for (const target of targets) {
      fetch(`${target}/ready`).then(
        ({ ok }) => (ok ? ready.add(target) : ready.delete(target)),
        () => ready.delete(target),
      );
    }
    for (const target of ready) if (!targets.includes(target)) ready.delete(target);
  }, readinessPollMs);

  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const candidates = targets.filter((target) => ready.has(target));
      const first = turn++ % Math.max(1, candidates.length);
      forward(incoming, Buffer.concat(chunks), outgoing, [
        ...candidates.slice(first),
        ...candidates.slice(0, first),
      ]);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      clearInterval(poll);
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function forward(
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  [target, ...others]: string[],
): void {
  if (target === undefined) {
    outgoing.writeHead(503).end('no target is ready');
    return;
  }
  const { method, headers, url = '/' } = incoming;
  const call = httpRequest(new URL(url, target), { method, headers, agent: false }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  });
  call.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED') forward(incoming, body, outgoing, others);
    else if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end(`the target failed: ${error.message}`);
  });
  outgoing.on('close', () => call.destroy());
  call.end(body);
}
