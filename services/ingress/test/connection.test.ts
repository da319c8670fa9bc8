import { expect, test } from 'vitest';
import { chat, startIngress } from './harness.ts';
import { RawConnection, requestText } from './raw-connection.ts';

const bodyOf = (response: string): unknown => JSON.parse(response.slice(response.indexOf('\r\n\r\n') + 4));

test('pipelined requests on one connection are answered in their order', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(chat)).repeat(3));
  await expect.poll(() => ingress.bus.calls.length).toBe(3);

  for (const [index, call] of [...ingress.bus.calls.entries()].reverse()) call.end(`{"answer":${index}}`);

  const received = await client.until('{"answer":2}');
  expect(received.match(/"answer":\d/g)).toEqual(['"answer":0', '"answer":1', '"answer":2']);
});

test('what is not HTTP gets a 400 of the usual shape', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  client.send('GO AWAY\r\n\r\n');
  const response = await client.closed();
  expect(response).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(bodyOf(response)).toMatchObject({
    error: { type: 'invalid_request_error', code: 'invalid_request' },
  });
});

test('headers beyond 48 KiB are a 431 of the usual shape', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText('{}', [`x-long: ${'x'.repeat(50_000)}`]));
  const response = await client.closed();
  expect(response).toMatch(/^HTTP\/1.1 431 /);
  expect(bodyOf(response)).toMatchObject({ error: { code: 'headers_too_large' } });
});

test('a body that breaks off its chunked form gets a 400, and is forgotten', async () => {
  const ingress = await startIngress();
  const client = await RawConnection.to(ingress.port);
  const head = requestText('').replace('content-length: 0', 'transfer-encoding: chunked');
  client.send(`${head}5\r\n{"a":\r\nnot a length\r\n`);
  const response = await client.closed();
  expect(response).toMatch(/^HTTP\/1\.1 400 /);
  expect(bodyOf(response)).toMatchObject({ error: { code: 'invalid_request' } });
  await expect.poll(() => ingress.tracker.open).toEqual([]);
});

test('garbage behind a request is never taken for its answer, and ends its work', async () => {
  const ingress = await startIngress();
  const asked = ingress.bus.nextCall();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(chat)));
  const call = await asked;
  client.send('GO AWAY\r\n\r\n');
  expect(await client.closed()).toBe('');
  await expect.poll(() => call.isCancelled).toBe(true);
});

test('a body that comes too slowly is a 408', async () => {
  const ingress = await startIngress({ WEIR_RECEIVE_TIMEOUT_MS: '50' });
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(chat)).slice(0, -10));
  const response = await client.closed();
  expect(response).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(bodyOf(response)).toMatchObject({ error: { code: 'body_timeout' } });
});

test('a request that never ends its headers is cut', async () => {
  const ingress = await startIngress({ WEIR_RECEIVE_TIMEOUT_MS: '50' });
  const client = await RawConnection.to(ingress.port);
  client.send('POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\n');
  expect(bodyOf(await client.closed())).toMatchObject({ error: { code: 'body_timeout' } });
});

test('an answer may take longer than its request may', async () => {
  const ingress = await startIngress({ WEIR_RECEIVE_TIMEOUT_MS: '50' });
  const asked = ingress.bus.nextCall();
  const patient = await RawConnection.to(ingress.port);
  patient.send(requestText(JSON.stringify(chat)));
  const call = await asked;
  const slow = await RawConnection.to(ingress.port);
  slow.send(requestText(JSON.stringify(chat)).slice(0, -10));
  await slow.closed();

  call.end('{"answer":1}');

  expect(await patient.until('{"answer":1}')).toContain('200 OK');
});
