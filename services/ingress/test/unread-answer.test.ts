import { expect, test } from 'vitest';
import { Fault } from '@weir/service-kit/fault';
import type { FakeCall } from './fake-bus.ts';
import { chat, startIngress, streamedChat, type Ingress } from './harness.ts';
import { RawConnection, requestText } from './raw-connection.ts';

/** A client that asks for a stream and stops to read, and its answer, of which some is stuck. */
async function startStuckAnswer(ingress: Ingress) {
  const asked = ingress.bus.nextCall();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(streamedChat)));
  const call = await asked;
  client.socket.pause();
  const chunk = JSON.stringify('x'.repeat(100_000));
  while (!call.isPaused) {
    call.chunk(chunk);
    await new Promise(setImmediate);
  }
  return { call, client };
}

test.each<[string, (call: FakeCall) => void]>([
  [
    'ended',
    (call) => {
      call.end();
    },
  ],
  [
    'failed',
    (call) => {
      call.fault(new Fault('deadline_exceeded'));
    },
  ],
])('a client that does not read is let go after its answer has %s', async (_how, finish) => {
  const ingress = await startIngress({}, { flushTimeoutMs: 50 });
  const { call } = await startStuckAnswer(ingress);
  expect(ingress.tracker.open).toHaveLength(1);

  finish(call);

  await expect.poll(() => ingress.tracker.open).toEqual([]);
  await expect.poll(() => connectionsOf(ingress)).toBe(0);
});

test('a client that reads on late keeps its connection, however long its next answer takes', async () => {
  const ingress = await startIngress({}, { flushTimeoutMs: 100 });
  const { call, client } = await startStuckAnswer(ingress);
  const asked = ingress.bus.nextCall();
  client.send(requestText(JSON.stringify(chat)));
  const next = await asked;
  call.end();
  client.socket.resume();
  await client.until('[DONE]');

  const stuck = await startStuckAnswer(ingress);
  stuck.call.end();
  await expect.poll(() => connectionsOf(ingress)).toBe(1);
  next.end('{"answer":2}');

  expect(await client.until('{"answer":2}')).toContain('200 OK');
});

function connectionsOf({ server }: Ingress): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((_error, count) => {
      resolve(count);
    });
  });
}
