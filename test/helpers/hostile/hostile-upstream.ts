import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostileAnswer } from './hostile-case.ts';

type Answering = (authorization: string) => HostileAnswer;

/** Providers that answer whatever they like: which one is asked, the first part of the path says. */
export class HostileUpstream {
  readonly #answers = new Map<string, Answering>();
  readonly #server = createServer((request, response) => {
    request.resume();
    const name = request.url?.split('/')[1] ?? '';
    const { authorization, 'x-api-key': key } = request.headers;
    const answering = this.#answers.get(name);
    if (!answering) return response.writeHead(404).end();
    // A gateway that has had enough leaves in the middle.
    send(response, answering(authorization ?? String(key ?? ''))).catch(() => response.destroy());
    return response;
  });

  static async start(): Promise<HostileUpstream> {
    const upstream = new HostileUpstream();
    upstream.#server.listen(0, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  /** Returns the address of the provider that answers so. */
  answer(name: string, answering: Answering): string {
    this.#answers.set(name, answering);
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${name}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function send(response: ServerResponse, { status = 200, headers, body }: HostileAnswer): Promise<void> {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  const closed = once(response, 'close');
  for (const piece of typeof body === 'string' ? [body] : body) {
    if (response.destroyed) return;
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed]);
  }
  response.end();
}
