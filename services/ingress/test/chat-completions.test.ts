import { describe, expect, test } from 'vitest';
import { Fault } from '@weir/service-kit/fault';
import { testKey } from './keys.ts';
import { chat, jsonHeaders, post, startIngress } from './harness.ts';

const completion = '{"id":"chatcmpl-1", "object":"chat.completion","note":"spaces and ünïcode stay"}';

describe('a completion that does not stream', () => {
  test('the body travels to the router, and the answer to the client, byte by byte', async () => {
    const ingress = await startIngress();
    ingress.bus.onCall = (call) => {
      call.head();
      call.end(completion);
    };
    const body = `{ "model":"gpt-5-mini",\n "messages":[{"role":"user","content":"h\\u00e9"}], "a_novelty": {"x":[1]} }`;

    const response = await post(ingress, body);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe(completion);
    expect(ingress.bus.calls.map((call) => call.contract)).toEqual(['router.complete']);
    expect(Buffer.from(ingress.bus.calls[0]?.body ?? []).toString()).toBe(body);
  });

  test('the answer names its request, its trace, who answered, and how long the gateway took', async () => {
    const ingress = await startIngress();
    ingress.bus.onCall = (call) => {
      call.head({
        provider: 'azure',
        model: 'größe-1',
        warnings: ['seed is not supported', 'user was\nleft out'],
      });
      call.end(completion, { upstreamMs: 0 });
    };

    const { headers } = await post(ingress, chat);

    expect(headers.get('x-request-id')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(headers.get('x-weir-trace-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.get('x-weir-provider')).toBe('azure');
    expect(headers.get('x-weir-model')).toBe('gr??e-1');
    expect(headers.get('x-weir-warnings')).toBe('seed is not supported; user was?left out');
    expect(Number(headers.get('x-weir-overhead-ms'))).toBeGreaterThan(0);
  });

  test("the provider's time is no overhead", async () => {
    const ingress = await startIngress();
    ingress.bus.onCall = (call) => {
      call.head();
      call.end(completion, { upstreamMs: 60_000 });
    };
    const { headers } = await post(ingress, chat);
    expect(headers.get('x-weir-overhead-ms')).toBe('0.00');
  });

  test("the envelope has the answer's ids, the tenant, and the caller's trace", async () => {
    const ingress = await startIngress();
    const call = ingress.bus.nextCall();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

    const answer = post(ingress, chat, { headers: { ...jsonHeaders, traceparent } });
    (await call).end(completion);
    const { headers } = await answer;

    const { envelope } = await call;
    expect(envelope.requestId).toBe(headers.get('x-request-id'));
    expect(envelope.tenant).toBe('default');
    expect(envelope.traceparent).toMatch(
      /^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/,
    );
    expect(headers.get('x-weir-trace-id')).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  });

  test.each([
    [{}, 600_000],
    [{ 'x-weir-timeout-ms': '1500' }, 1_500],
    [{ 'x-portkey-request-timeout': '2500' }, 2_500],
    [{ 'x-weir-timeout-ms': '1500', 'x-portkey-request-timeout': '2500' }, 1_500],
  ])('with the headers %j the deadline is %i ms away', async (headers, timeoutMs) => {
    const ingress = await startIngress();
    ingress.bus.onCall = (call) => {
      call.end(completion);
    };
    const before = Date.now();
    await post(ingress, chat, { headers: { ...jsonHeaders, ...headers } });
    const deadlineAtMs = ingress.bus.calls[0]?.envelope.deadlineAtMs ?? 0;
    expect(deadlineAtMs).toBeGreaterThanOrEqual(before + timeoutMs);
    expect(deadlineAtMs).toBeLessThanOrEqual(Date.now() + timeoutMs);
  });

  test.each([{ authorization: `bearer ${testKey}` }, { 'x-api-key': testKey }, { 'api-key': testKey }])(
    'a key is taken from %j',
    async (key) => {
      const ingress = await startIngress();
      ingress.bus.onCall = (call) => {
        call.end(completion);
      };
      const response = await post(ingress, chat, {
        headers: { 'content-type': 'application/json; charset=utf-8', ...key },
      });
      expect(response.status).toBe(200);
    },
  );
});

describe('a fault', () => {
  test("has its status, OpenAI's shape, and says whose it is and whether and when to try again", async () => {
    const ingress = await startIngress();
    ingress.bus.onCall = (call) => {
      call.fault(
        new Fault('upstream_rate_limited', {
          retryAfterMs: 1_200,
          provider: 'größe',
          cause: new Error('sk-secret of the upstream'),
        }),
      );
    };

    const response = await post(ingress, chat);

    expect(response.status).toBe(429);
    expect(await response.json()).toEqual({
      error: {
        message: 'The provider is limiting the rate of requests.',
        type: 'rate_limit_error',
        code: 'upstream_rate_limited',
        param: null,
      },
    });
    expect(response.headers.get('x-should-retry')).toBe('true');
    expect(response.headers.get('x-weir-provider')).toBe('gr??e');
    expect(response.headers.get('retry-after')).toBe('2');
    expect(response.headers.get('retry-after-ms')).toBe('1200');
    expect(response.headers.get('x-request-id')).toBe(ingress.bus.calls[0]?.envelope.requestId);
  });

  test('an unknown model is a 404 that is not worth another try', async () => {
    const ingress = await startIngress();
    ingress.bus.onCall = (call) => {
      call.fault(new Fault('model_not_found', { param: 'model' }));
    };
    const response = await post(ingress, chat);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
    expect(response.headers.get('x-should-retry')).toBe('false');
  });
});
