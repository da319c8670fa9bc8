import { beforeEach, describe, expect, test } from 'vitest';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import { openSealed } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { chat, jsonHeaders, post, startIngress, streamedChat, type Ingress } from './harness.ts';
import { newKeys, oldKeys } from './sealing-keys.ts';

const inlineConfig = '{"provider":"openai","api_key":"sk-of-mine"}';

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startIngress();
  ingress.bus.answer(routerSealingKey, () => ({ publicKey: oldKeys.publicKey }));
  ingress.bus.onCall = (call) => {
    call.head();
    call.end('{}');
  };
});

const ask = (headers: Record<string, string>, body: unknown = chat) =>
  post(ingress, body, { headers: { ...jsonHeaders, ...headers } });

describe('the envelope', () => {
  test('names the stored config that the request names, and holds what it says of itself', async () => {
    await ask({ 'x-weir-config': 'cheap-first', 'x-weir-metadata': '{"plan":"pro","seats":3}' });
    expect(ingress.bus.calls[0]?.envelope).toMatchObject({
      config: 'cheap-first',
      metadata: { plan: 'pro', seats: '3' },
    });
  });

  test('holds no config and no metadata where the request has none', async () => {
    await ask({});
    expect(Object.keys(ingress.bus.calls[0]?.envelope ?? {}).sort()).toEqual([
      'caller',
      'deadlineAtMs',
      'requestId',
      'tenant',
      'traceparent',
    ]);
  });

  test('holds an inline config sealed, the same bytes each time', async () => {
    await ask({ 'x-portkey-config': inlineConfig });
    await ask({ 'x-weir-config': inlineConfig });
    const [first, second] = ingress.bus.calls.map(({ envelope }) => envelope.config ?? '');
    expect(openSealed(first ?? '', oldKeys)).toBe(inlineConfig);
    expect(second).toBe(first);
    expect(ingress.bus.askedOf(routerSealingKey)).toHaveLength(1);
  });

  test('holds a config of 32 KiB', async () => {
    const text = JSON.stringify({ provider: 'x'.repeat(32 * 1024 - 15) });
    expect((await ask({ 'x-weir-config': text })).status).toBe(200);
    expect(openSealed(ingress.bus.calls[0]?.envelope.config ?? '', oldKeys)).toBe(text);
  });

  test('holds the provider that headers name, as a config', async () => {
    await ask({ 'x-portkey-provider': 'openai', 'x-portkey-custom-host': 'https://llm.example/v1' });
    expect(openSealed(ingress.bus.calls[0]?.envelope.config ?? '', oldKeys)).toBe(
      '{"provider":"openai","custom_host":"https://llm.example/v1"}',
    );
  });

  test('holds the credential that a header of Portkey names, as a config', async () => {
    expect((await ask({ 'x-portkey-virtual-key': 'openai-eu' })).status).toBe(200);
    expect(openSealed(ingress.bus.calls[0]?.envelope.config ?? '', oldKeys)).toBe(
      '{"virtual_key":"openai-eu"}',
    );
  });
});

describe('an inline config that the routers cannot open, since their key has changed', () => {
  beforeEach(async () => {
    await ask({ 'x-weir-config': inlineConfig });
    ingress.bus.answer(routerSealingKey, () => ({ publicKey: newKeys.publicKey }));
    ingress.bus.calls.length = 0;
  });

  test('is sealed anew, and the client notices nothing', async () => {
    ingress.bus.onCall = (call) => {
      if (!call.envelope.config?.includes(newKeys.publicKey)) call.fault(new Fault('stale_sealing_key'));
      else {
        call.chunk('{"n":1}');
        call.end();
      }
    };
    const response = await ask(
      { 'x-weir-config': inlineConfig, 'x-weir-metadata': '{"a":"b"}' },
      streamedChat,
    );
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('data: {"n":1}\n\ndata: [DONE]\n\n');
    expect(ingress.bus.calls.map(({ envelope }) => envelope.metadata)).toEqual([{ a: 'b' }, { a: 'b' }]);
  });

  test('is put twice at most', async () => {
    ingress.bus.onCall = (call) => {
      call.fault(new Fault('stale_sealing_key'));
    };
    const response = await ask({ 'x-weir-config': inlineConfig });
    expect(response.status).toBe(503);
    expect(response.headers.get('x-should-retry')).toBe('true');
    expect(await response.json()).toMatchObject({ error: { code: 'stale_sealing_key' } });
    expect(ingress.bus.calls).toHaveLength(2);
  });

  test('is a 503 where the new key cannot be had', async () => {
    ingress.bus.onCall = (call) => {
      ingress.bus.hasRouter = false;
      call.fault(new Fault('stale_sealing_key'));
    };
    const response = await ask({ 'x-weir-config': inlineConfig });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'service_unavailable' } });
  });

  test('is not put again for a client that has gone in the meantime', async () => {
    const renewed = Promise.withResolvers<{ publicKey: string }>();
    ingress.bus.answer(routerSealingKey, () => renewed.promise);
    ingress.bus.onCall = undefined;
    const asked = ingress.bus.nextCall();
    const abort = new AbortController();
    const answer = post(ingress, chat, {
      headers: { ...jsonHeaders, 'x-weir-config': inlineConfig },
      signal: abort.signal,
    });
    (await asked).fault(new Fault('stale_sealing_key'));
    abort.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => ingress.tracker.open).toEqual([]);
    renewed.resolve({ publicKey: newKeys.publicKey });
    await expect.poll(() => ingress.bus.calls.map((call) => call.isCancelled)).toEqual([true, true]);
  });
});

describe('a header that cannot be', () => {
  test.each([
    ['x-weir-config', 'No Such Name'],
    ['x-weir-config', ''],
    ['x-weir-config', '{"provider":'],
    ['x-portkey-config', 'eyJwcm92aWRlciI6Im9wZW5haSJ9'],
    ['x-portkey-config', `{"provider":"${'x'.repeat(32 * 1024)}"}`],
    ['x-weir-metadata', 'plan=pro'],
    ['x-weir-metadata', '{"plan":{}}'],
    ['x-portkey-metadata', '[]'],
    ['x-portkey-trace-id', 'x'.repeat(129)],
    ['x-portkey-trace-id', ''],
    ['x-portkey-trace-id', 'größe'],
  ])('%s: %.40j is a 400 that names it', async (header, value) => {
    const response = await ask({ [header]: value });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: {
        message: expect.stringContaining(`The header ${header} `) as unknown,
        type: 'invalid_request_error',
        code: 'invalid_header',
        param: header,
      },
    });
    expect(ingress.bus.calls).toEqual([]);
  });

  test('a provider beside a config is a 400 that says so', async () => {
    const response = await ask({ 'x-weir-config': 'cheap', 'x-portkey-provider': 'openai' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: {
        message: 'The header x-portkey-provider cannot stand beside x-weir-config: the config says it.',
        param: 'x-portkey-provider',
      },
    });
  });
});
