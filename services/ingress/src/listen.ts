import type { FastifyInstance } from 'fastify';

/** Listens, and resolves to the address. Rejects with a sentence for the operator where the address cannot be had. */
export async function listen(
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<string> {
  try {
    return await app.listen({ host, port });
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
