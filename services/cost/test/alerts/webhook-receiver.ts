import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedCall {
  readonly path: string;
  readonly contentType: string | undefined;
  readonly signature: string;
  readonly body: string;
}

/** A webhook's endpoint in this process: it answers with what `answer` says, or, where that is undefined, once it is released. */
export async function startReceiver() {
  const calls: ReceivedCall[] = [];
  const held: ServerResponse[] = [];
  const receiver = {
    calls,
    answer: ((): number | undefined => 200) as (path: string) => number | undefined,
    host: '',
    release: () => {
      for (const response of held.splice(0)) response.writeHead(200).end();
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { headers, url = '' } = request;
      const signature = String(headers['weir-signature']);
      const body = Buffer.concat(pieces).toString();
      calls.push({ path: url, contentType: headers['content-type'], signature, body });
      const status = receiver.answer(url);
      if (status === undefined) held.push(response);
      else response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}

/** As docs/budgets.md tells receivers to do it. */
export function isSignedWith(secret: string, { body, signature }: ReceivedCall, nowSeconds: number): boolean {
  const [, time = '', digest = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  const expected = createHmac('sha256', secret).update(`${time}.${body}`).digest();
  const isRecent = Math.abs(nowSeconds - Number(time)) < 300;
  return isRecent && timingSafeEqual(Buffer.from(digest, 'hex'), expected);
}
