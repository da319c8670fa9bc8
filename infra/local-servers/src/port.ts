import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A free port of this host. Between 15000 and 30000, below the range that systems give to outgoing connections: a
 * port from that range may be taken by any connection made before our server starts, or while it restarts. (get-port takes
 * its ports from there, or from a given range in its order, where test files that run side by side would meet.)
 */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(15_000, 30_000);
    if (await portIsFree(port, host)) return port;
  }
  throw new Error(`no free port between 15000 and 30000 on ${host}`);
}

/** Whether a server could listen there now. Rejects where the host itself is none of this machine's. */
export async function portIsFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer();
  server.listen({ port, host, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
