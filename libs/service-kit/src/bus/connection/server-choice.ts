import { createHash } from 'node:crypto';

/** What the client knows of a server of the cluster. */
export interface KnownServer {
  /** `host:port`. */
  readonly listen: string;
  /** Named by another server, and not in `NATS_URL`: its address may be one that cannot be reached from here. */
  readonly gossiped: boolean;
}

export type ConnectionRole = 'requests' | 'jetStream';

interface ServerChoiceParts {
  readonly role: ConnectionRole;
  /** Of the process: both of its connections have the same. */
  readonly instance: string;
  /** A server that is to be left: it is tried last. */
  readonly leaving?: string | undefined;
}

/**
 * Which server a connection goes to. Each process has an order of its own over the servers (rendezvous hashing), the same as long as it
 * lives: processes spread evenly, those of a server that is lost spread evenly over the others, and go back once it is there again.
 * The two connections of a process begin with different servers.
 */
export class ServerChoice {
  readonly #parts: ServerChoiceParts;
  readonly #tried = new Set<string>();
  /** Of the last connection, which is lost or to be left where another server is looked for. */
  #last: string | undefined;

  constructor(parts: ServerChoiceParts) {
    this.#parts = parts;
    this.#last = parts.leaving;
  }

  /** Where the connection belongs; `servers` are all that are known. */
  home(servers: readonly KnownServer[]): string | undefined {
    const listed = servers.filter(({ gossiped }) => !gossiped);
    return this.#order(listed.length > 1 ? listed : servers)[0];
  }

  connected(server: string): void {
    this.#last = server;
    this.#tried.clear();
  }

  /** The server to dial next: each is tried once before any is tried again, and that of the last connection after all others. */
  next<Server extends KnownServer>(servers: readonly Server[]): Server | null {
    const order = [
      ...this.#order(servers.filter(({ gossiped }) => !gossiped)),
      ...this.#order(servers.filter(({ gossiped }) => gossiped)),
    ];
    const choices = [
      ...order.filter((server) => server !== this.#last),
      ...order.filter((server) => server === this.#last),
    ];
    if (choices.every((server) => this.#tried.has(server))) this.#tried.clear();
    const choice = choices.find((server) => !this.#tried.has(server));
    if (choice === undefined) return null;
    this.#tried.add(choice);
    return servers.find(({ listen }) => listen === choice) ?? null;
  }

  #order(servers: readonly KnownServer[]): string[] {
    const { instance, role } = this.#parts;
    const [first, second, ...others] = servers
      .map(({ listen }) => ({ listen, weight: weightOf(instance, listen) }))
      .sort((a, b) => (a.weight < b.weight ? -1 : 1))
      .map(({ listen }) => listen);
    if (first === undefined || second === undefined) return first === undefined ? [] : [first];
    // Each comes last where the other begins: on one server they are only when there is no other.
    return role === 'requests' ? [first, ...others, second] : [second, ...others, first];
  }
}

function weightOf(instance: string, server: string): string {
  return createHash('sha256').update(`${instance} ${server}`).digest('hex');
}
