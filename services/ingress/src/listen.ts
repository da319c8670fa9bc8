import type { FastifyInstance } from 'fastify';

/** Connections that nobody has accepted yet: as many as may come at once. The system has a limit of its own beside. */
const backlog = 4_096;

/** Listens, and resolves to the address. Rejects with a sentence for the operator where the address cannot be had. */
export async function listen(
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<string> {
  try {
    return await app.listen({ host, port, backlog });
  } catch (error) {
    throw new Error(reasonOf(error, host, port), { cause: error });
  }
}

function reasonOf(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is in use: end what uses it, or set WEIR_PORT to another port`;
    case 'EACCES':
      return `port ${port} on ${host} may not be used: set WEIR_PORT to a port above 1023`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: set WEIR_HOST`;
    default:
      return `cannot listen on ${host}:${port}: ${String(error)}`;
  }
}
