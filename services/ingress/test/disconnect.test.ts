import { once } from 'node:events';
import { expect, test } from 'vitest';
import { chat, startIngress, streamedChat } from './harness.ts';
import { RawConnection, requestText } from './raw-connection.ts';

const promiseMs = 100;

test.each([
  ['on a call that does not stream', chat],
  ['before the first token', streamedChat],
])('a client that goes away %s cancels the work at once', async (_when, body) => {
  const ingress = await startIngress();
  const asked = ingress.bus.nextCall();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(body)));
  const call = await asked;

  const leftAtMs = performance.now();
  client.socket.destroy();
  await once(call, 'cancel');

  expect(performance.now() - leftAtMs).toBeLessThan(promiseMs);
  expect(ingress.tracker.open).toEqual([]);
});

test('a client that goes away in mid-stream cancels the work at once', async () => {
  const ingress = await startIngress();
  const asked = ingress.bus.nextCall();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(streamedChat)));
  const call = await asked;
  call.chunk('"first"');
  await client.until('first');

  const leftAtMs = performance.now();
  client.socket.destroy();
  await once(call, 'cancel');

  expect(performance.now() - leftAtMs).toBeLessThan(promiseMs);
});

test('a client that waits behind another request of its own is seen to leave too', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(chat)).repeat(2));
  await expect.poll(() => ingress.bus.calls.length).toBe(2);

  const cancelled = ingress.bus.calls.map((call) => once(call, 'cancel'));
  client.socket.destroy();

  await expect(Promise.all(cancelled)).resolves.toHaveLength(2);
});

test('what still comes for a client that has gone harms nobody', async () => {
  const ingress = await startIngress();
  const asked = ingress.bus.nextCall();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(streamedChat)));
  const call = await asked;
  client.socket.destroy();
  await once(call, 'cancel');

  call.chunk('"late"');
  call.end();

  expect((await fetch(`${ingress.url}/health`)).status).toBe(200);
});

test('a client that is served to the end cancels nothing', async () => {
  const ingress = await startIngress();
  const asked = ingress.bus.nextCall();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(streamedChat), ['connection: close']));
  const call = await asked;
  call.chunk('"all"');
  call.end();
  await client.closed();
  await expect.poll(() => ingress.tracker.open).toEqual([]);
  expect(call.isCancelled).toBe(false);
});
