import { once } from 'node:events';
import { expect, test } from 'vitest';
import { Fault } from '@weir/service-kit/fault';
import { post, startIngress, streamedChat } from './harness.ts';
import { RawConnection, requestText } from './raw-connection.ts';

test('each chunk is an event, byte by byte, and a true end is [DONE]', async () => {
  const ingress = await startIngress();
  ingress.bus.onCall = (call) => {
    call.head();
    call.chunk('{"n":1,  "text":"ünïcode 🦆"}');
    call.chunk('{"n":2}');
    call.end();
  };

  const response = await post(ingress, streamedChat);

  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
    'x-weir-provider': 'openai',
    'x-weir-model': 'gpt-5-mini',
    'x-request-id': ingress.bus.calls[0]?.envelope.requestId,
  });
  expect(await response.text()).toBe(
    'data: {"n":1,  "text":"ünïcode 🦆"}\n\ndata: {"n":2}\n\ndata: [DONE]\n\n',
  );
});

test('a chunk reaches the client before the next one is there', async () => {
  const ingress = await startIngress();
  const asked = ingress.bus.nextCall();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(streamedChat)));
  const call = await asked;
  for (const token of ['one', 'two', 'three']) {
    call.chunk(`"${token}"`);
    await client.until(`data: "${token}"\n\n`);
  }
  expect(client.received).not.toContain('[DONE]');
});

test('a fault before the first chunk has a status of its own', async () => {
  const ingress = await startIngress();
  ingress.bus.onCall = (call) => {
    call.fault(new Fault('upstream_overloaded'));
  };
  const response = await post(ingress, streamedChat);
  expect(response.status).toBe(503);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toMatchObject({
    error: { type: 'server_error', code: 'upstream_overloaded' },
  });
});

test('a fault after the first chunk is an error event, and a cut stream never ends in [DONE]', async () => {
  const ingress = await startIngress();
  ingress.bus.onCall = (call) => {
    call.chunk('{"n":1}');
    call.fault(new Fault('upstream_stream_cut', { cause: new Error('sk-secret of the upstream') }));
  };

  const response = await post(ingress, streamedChat);
  const [first, last, rest] = (await response.text()).split('\n\n');

  expect(response.status).toBe(200);
  expect(first).toBe('data: {"n":1}');
  expect(JSON.parse(last?.replace('data: ', '') ?? '')).toEqual({
    error: {
      message: 'The provider ended its answer before it was complete.',
      type: 'server_error',
      code: 'upstream_stream_cut',
      param: null,
    },
  });
  expect(rest).toBe('');
});

test('a stream without chunks still ends as a stream', async () => {
  const ingress = await startIngress();
  ingress.bus.onCall = (call) => {
    call.end();
  };
  expect(await (await post(ingress, streamedChat)).text()).toBe('data: [DONE]\n\n');
});

test('a client that does not read pauses the work, and one that reads again resumes it', async () => {
  const ingress = await startIngress();
  const asked = ingress.bus.nextCall();
  const client = await RawConnection.to(ingress.port);
  client.send(requestText(JSON.stringify(streamedChat)));
  const call = await asked;
  client.socket.pause();

  const chunk = JSON.stringify('x'.repeat(100_000));
  for (let sent = 0; !call.isPaused && sent < 1_000; sent++) {
    call.chunk(chunk);
    await new Promise(setImmediate);
  }
  expect(call.isPaused).toBe(true);

  client.socket.resume();
  await once(call, 'resume');
  call.end();
  expect(await client.until('[DONE]')).toContain(chunk);
});
