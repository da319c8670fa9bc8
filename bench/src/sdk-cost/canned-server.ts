import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { wireForms, type WireForm } from './wire-forms.ts';

/**
 * Run as a process of its own, so that its CPU is nobody's: answers every provider's chat with the same bytes, and
 * streams its events one write at a time. Tells its parent its port.
 */
const formByPath = new Map(Object.values(wireForms).map((form) => [form.path, form]));

const server = createServer((request, response) => {
  const form = formByPath.get(request.url ?? '');
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    if (form === undefined) response.writeHead(404).end();
    else if (Buffer.concat(pieces).includes('"stream":true')) streamEvents(form, response);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(form.answer);
  });
});

function streamEvents(form: WireForm, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': form.contentType });
  let sent = 0;
  const sendNext = () => {
    response.write(form.events[sent++] ?? '');
    if (sent < form.events.length) setImmediate(sendNext);
    else response.end();
  };
  sendNext();
}

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
