import { once } from 'node:events';
import { expect, test } from 'vitest';
import { drain } from '../src/drain.ts';
import { chat, post, startIngress, streamedChat, type Ingress } from './harness.ts';
import { RawConnection, requestText } from './raw-connection.ts';

const stop = ({ server, tracker }: Ingress, { delayMs = 0, timeoutMs = 10_000 } = {}) =>
  drain({ server, tracker, delayMs, timeoutMs });

test('an open stream runs to its end, while no connection is accepted any more', async () => {
  const ingress = await startIngress();
  const asked = ingress.bus.nextCall();
  const answer = post(ingress, streamedChat);
  const call = await asked;
  call.chunk('"before"');
  const response = await answer;

  const stopped = stop(ingress);
  await expect.poll(() => ingress.server.listening).toBe(false);
  await expect(RawConnection.to(ingress.port)).rejects.toThrow('ECONNREFUSED');
  call.chunk('"after"');
  call.end();

  expect(await response.text()).toBe('data: "before"\n\ndata: "after"\n\ndata: [DONE]\n\n');
  await stopped;
});

test('a request that was begun is answered, and its connection ends with it', async () => {
  const ingress = await startIngress();
  const asked = ingress.bus.nextCall();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(chat)));
  const call = await asked;

  const stopped = stop(ingress);
  call.end('{"answer":1}');

  const received = await client.closed();
  expect(received).toContain('connection: close');
  expect(received).toContain('{"answer":1}');
  await stopped;
});

test('a request that was on its way over a kept connection is answered', async () => {
  const ingress = await startIngress();
  ingress.bus.onCall = (call) => {
    call.end('{"answer":1}');
  };
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(chat)));
  await client.until('{"answer":1}');

  const stopped = stop(ingress);
  client.received = '';
  client.send(requestText(JSON.stringify(chat)));

  expect(await client.closed()).toContain('{"answer":1}');
  await stopped;
});

test('for the delay, new connections are served and told that they are the last', async () => {
  const ingress = await startIngress();
  ingress.bus.onCall = (call) => {
    call.end('{}');
  };
  const stopped = stop(ingress, { delayMs: 200 });

  const ready = await fetch(`${ingress.url}/ready`);
  const answer = await post(ingress, chat);

  expect(ready.status).toBe(503);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('connection')).toBe('close');
  await stopped;
});

test('what has not ended by the time-out is told so, cancelled and cut', async () => {
  const ingress = await startIngress();
  ingress.bus.onCall = (call) => {
    if (ingress.bus.calls.length === 1) call.chunk('"begun"');
  };
  const begun = await post(ingress, streamedChat);
  const asked = ingress.bus.nextCall();
  const waiting = post(ingress, streamedChat);
  await asked;

  await stop(ingress, { timeoutMs: 0 });

  const events = await begun.text();
  expect(events).toContain('data: "begun"\n\ndata: {"error":');
  expect(events).toContain('"code":"service_unavailable"');
  expect(events).not.toContain('[DONE]');
  expect((await waiting).status).toBe(503);
  expect(ingress.bus.calls.map((call) => call.isCancelled)).toEqual([true, true]);
});

test('connections on which nothing happens keep nobody waiting', async () => {
  const ingress = await startIngress();
  const silent = await RawConnection.to(ingress.port);
  const closed = once(silent.socket, 'close');
  await stop(ingress, { timeoutMs: 60_000 });
  await closed;
  expect(ingress.server.listening).toBe(false);
});
