import { beforeEach, expect, test } from 'vitest';
import type { CompletionHead } from '@weir/contracts/router';
import { routerSealingKey } from '@weir/contracts/sealing-key';
import { Fault } from '@weir/service-kit/fault';
import { chat, jsonHeaders, post, startIngress, streamedChat, type Ingress } from './harness.ts';
import { oldKeys } from './sealing-keys.ts';

const routedHead: Partial<CompletionHead> = {
  target: 'größe',
  attempts: 5,
  retries: 3,
  fallbacks: 1,
  optionIndex: [1, 0],
  upstreamMs: 0,
};

let ingress: Ingress;
beforeEach(async () => {
  ingress = await startIngress();
  ingress.bus.answer(routerSealingKey, () => ({ publicKey: oldKeys.publicKey }));
  ingress.bus.onCall = (call) => {
    call.head(routedHead);
    call.end('{}');
  };
});

const ask = (headers: Record<string, string>, body: unknown = chat) =>
  post(ingress, body, { headers: { ...jsonHeaders, ...headers } });

const shown = ({ headers }: Response, prefix: string) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith(prefix)));

test.each([chat, streamedChat])(
  'an answer names its target, its attempts, and what the gateway itself took: %j',
  async (body) => {
    const response = await ask({ 'x-weir-config': 'cheap' }, body);
    expect(shown(response, 'x-weir-')).toMatchObject({
      'x-weir-provider': 'openai',
      'x-weir-target': 'gr??e',
      'x-weir-attempts': '5',
      'x-weir-fallbacks': '1',
      'x-weir-overhead-ms': expect.stringMatching(/^\d+\.\d\d$/) as unknown,
    });
    expect(shown(response, 'x-portkey-')).toEqual({});
  },
);

test("the provider's time is no overhead of a stream", async () => {
  ingress.bus.onCall = (call) => {
    call.head({ upstreamMs: 60_000 });
    call.end();
  };
  const { headers } = await ask({}, streamedChat);
  expect(headers.get('x-weir-overhead-ms')).toBe('0.00');
});

test('an answer says nothing of what an older router does not tell', async () => {
  ingress.bus.onCall = (call) => {
    call.head();
    call.end();
  };
  expect(Object.keys(shown(await ask({}, streamedChat), 'x-weir-'))).toEqual([
    'x-weir-cache',
    'x-weir-model',
    'x-weir-provider',
    'x-weir-trace-id',
  ]);
});

test.each([{ 'x-portkey-config': 'cheap' }, { 'x-portkey-provider': 'openai' }])(
  'an answer to %j is told in Portkey’s names too',
  async (headers: Record<string, string>) => {
    const response = await ask(headers);
    expect(shown(response, 'x-portkey-')).toEqual({
      'x-portkey-provider': 'openai',
      'x-portkey-retry-attempt-count': '3',
      'x-portkey-last-used-option-index': 'config.targets[1].targets[0]',
      'x-portkey-cache-status': 'DISABLED',
      'x-portkey-trace-id': response.headers.get('x-weir-trace-id'),
    });
  },
);

test('the option of a config that is a single target is the config itself', async () => {
  ingress.bus.onCall = (call) => {
    call.head();
    call.end('{}');
  };
  const { headers } = await ask({ 'x-portkey-provider': 'openai' });
  expect(headers.get('x-portkey-last-used-option-index')).toBe('config');
  expect(headers.get('x-portkey-retry-attempt-count')).toBe('0');
});

test('an answer bears the trace id that the request has sent, a refusal too', async () => {
  const own = { 'x-portkey-trace-id': 'my trace/1' };
  expect((await ask(own)).headers.get('x-portkey-trace-id')).toBe('my trace/1');
  const refused = await ask({ ...own, 'x-portkey-config': '{' });
  expect(refused.status).toBe(400);
  expect(refused.headers.get('x-portkey-trace-id')).toBe('my trace/1');
});

test('a fault says after how many attempts', async () => {
  ingress.bus.onCall = (call) => {
    call.fault(new Fault('no_target_available', { attempts: 4, fallbacks: 2, provider: 'openai' }));
  };
  const { headers, status } = await ask({});
  expect(status).toBe(503);
  expect(headers.get('x-weir-attempts')).toBe('4');
  expect(headers.get('x-weir-fallbacks')).toBe('2');
});

test.each([chat, streamedChat])(
  'a header of Portkey that has no effect is warned of, beside what the router warns of, and on a failure too: %j',
  async (body) => {
    const sent = { 'x-portkey-strict-open-ai-compliance': 'false' };
    const warning = 'x-portkey-strict-open-ai-compliance has no effect';
    expect((await ask(sent, body)).headers.get('x-weir-warnings')).toBe(warning);
    ingress.bus.onCall = (call) => {
      call.head({ warnings: ['seed is not supported'] });
      call.end('{}');
    };
    expect((await ask(sent, body)).headers.get('x-weir-warnings')).toBe(`seed is not supported; ${warning}`);
    ingress.bus.onCall = (call) => {
      call.fault(new Fault('upstream_error', { warnings: ['seed is not supported'] }));
    };
    const failed = await ask(sent, body);
    expect(failed.status).toBe(502);
    expect(failed.headers.get('x-weir-warnings')).toBe(`seed is not supported; ${warning}`);
  },
);

test('a header of Portkey without which the request would be another one is refused, and nobody is asked', async () => {
  const response = await ask({ 'x-portkey-openai-organization': 'org-1' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { code: 'invalid_header', param: 'x-portkey-openai-organization' },
  });
  expect(ingress.bus.calls).toEqual([]);
});
