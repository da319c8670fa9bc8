import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import zlib from 'node:zlib';
import { eventually } from '@weir/testkit/eventually';
import { piecesOf, usualContentType, type Answer, type Coding, type Control } from './answer.ts';

/** So that a client that is never sent what it waits for fails before its test does. */
const patienceMs = 5_000;

/** Sends the answer as it is scripted. `received` is what the client has by now. */
export async function sendAnswer(
  answer: Answer,
  response: ServerResponse,
  received: () => string,
): Promise<void> {
  const { unanswered } = answer;
  if (unanswered === 'closed') response.socket?.destroy();
  if (unanswered === 'reset') response.socket?.resetAndDestroy();
  if (unanswered !== undefined) return;
  for (const status of answer.informational) response.socket?.write(`HTTP/1.1 ${status} \r\n\r\n`);
  const contentType = { 'content-type': usualContentType(answer) };
  const coding = answer.coding && { 'content-encoding': answer.coding };
  response.writeHead(answer.status, { ...contentType, ...coding, ...answer.headers });
  response.flushHeaders();
  const body = answer.coding ? encoderOf(answer.coding) : undefined;
  body?.pipe(response);
  const out: Writable = body ?? response;
  for (const piece of piecesOf(answer)) {
    if (typeof piece !== 'string') {
      if ((await control(piece, { response, out, received })) === 'over') return;
      continue;
    }
    out.write(piece);
    if (body)
      await new Promise<void>((resolve) => {
        body.flush(() => {
          resolve();
        });
      });
  }
  out.end();
}

interface Place {
  readonly response: ServerResponse;
  /** Where the body is written to. */
  readonly out: Writable;
  readonly received: () => string;
}

/** `over` where nothing may follow. */
async function control(step: Control, { response, out, received }: Place): Promise<'over' | 'on'> {
  if ('$hang' in step) return 'over';
  if ('$cut' in step) {
    // What has been written goes out before the connection ends.
    await new Promise<void>((resolve) => {
      response.write('', () => {
        resolve();
      });
    });
    response.socket?.destroy();
    return 'over';
  }
  if ('$raw' in step) {
    out.write(step.$raw);
    return 'on';
  }
  if ('$pauseMs' in step) {
    await delay(step.$pauseMs);
    return 'on';
  }
  if ('$untilSeen' in step) {
    await eventually(() => {
      if (!received().includes(step.$untilSeen)) throw new Error(`The client never saw ${step.$untilSeen}`);
    }, patienceMs);
    return 'on';
  }
  const closed = once(response, 'close');
  while (!response.destroyed) {
    response.write(step.$forever);
    await Promise.race([delay(step.everyMs), closed]);
  }
  return 'over';
}

function encoderOf(coding: Coding) {
  switch (coding) {
    case 'gzip':
      return zlib.createGzip();
    case 'br':
      return zlib.createBrotliCompress();
    case 'deflate':
      return zlib.createDeflate();
    case 'zstd':
      return zlib.createZstdCompress();
  }
}
