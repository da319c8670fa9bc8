import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { jsonHeaders } from '../helpers/ask.ts';
import { models, startGatewayFixture, type GatewayFixture } from '../helpers/gateway-fixture.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await startGatewayFixture();
});
afterAll(() => fixture.close());
afterEach(() => {
  fixture.provider.reset();
});

/** The promise is 100 ms; the margin is for a machine that runs other tests beside this one. */
const limitMs = 100;

function ask(model: string, stream: boolean) {
  const call = request(`${fixture.gateway.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: jsonHeaders,
  });
  call.on('error', () => undefined);
  call.end(JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'one two three' }] }));
  return call;
}

/** What the code can do: a machine that stood still for a moment may try again. */
const latency = { retry: 2 };

const isChat = ({ method }: { method: string }) => method === 'POST';

describe.each(Object.entries(models))('a client of %s that goes away', (_kind, model) => {
  test.each([true, false])(
    'before the first byte ends the upstream call within 100 ms (stream: %s)',
    latency,
    async (stream) => {
      fixture.provider.script({ latencyMs: 60_000 });
      const call = ask(model, stream);
      await fixture.provider.waitFor(isChat);
      const leftAtMs = Date.now();
      call.destroy();
      const { abortedAt } = await fixture.provider.waitFor(
        (seen) => isChat(seen) && seen.abortedAt !== undefined,
      );
      expect((abortedAt ?? Infinity) - leftAtMs).toBeLessThan(limitMs);
    },
  );

  test('in mid-stream ends the upstream call within 100 ms', latency, async () => {
    fixture.provider.script({ tokensPerSecond: 2 });
    const call = ask(model, true);
    await new Promise<void>((resolve) => {
      call.on('response', (response) => {
        response.on('error', () => undefined);
        response.once('data', () => {
          resolve();
        });
      });
    });
    const leftAtMs = Date.now();
    call.destroy();
    const { abortedAt } = await fixture.provider.waitFor(
      (seen) => isChat(seen) && seen.abortedAt !== undefined,
    );
    expect((abortedAt ?? Infinity) - leftAtMs).toBeLessThan(limitMs);
  });
});
