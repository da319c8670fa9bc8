import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

interface Call {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly model: string; readonly input: readonly string[] };
}

/** What is answered to a call; undefined is no answer at all. */
export type Reply = (call: Call) => { readonly status?: number; readonly body: unknown } | undefined;

/** Answers as OpenAI does: the vectors of a text are its length, in another order than was asked. */
export const embedAll: Reply = ({ body: { input } }) => ({
  body: {
    object: 'list',
    data: input
      .map((text, index) => ({ object: 'embedding', index, embedding: [text.length, 1, 0] }))
      .reverse(),
  },
});

/** An endpoint that is there until the test is over; what it answers can be changed. */
export async function startEndpoint(reply: Reply = embedAll) {
  const calls: Call[] = [];
  const endpoint = { reply, calls, url: '', abandoned: 0 };
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const call = { path: request.url, headers: request.headers, body: body as Call['body'] };
      calls.push(call);
      response.once('close', () => {
        if (!response.writableFinished) endpoint.abandoned += 1;
      });
      const answer = endpoint.reply(call);
      if (answer) response.writeHead(answer.status ?? 200).end(JSON.stringify(answer.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  endpoint.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return endpoint;
}
