import type { RoutingAccess } from '@weir/contracts/access-policy';
import { startFakeProvider, type FakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { demoProviders } from '../src/providers/demo.ts';
import { createCompleterOf } from './completer.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.close());
beforeEach(() => {
  provider.reset();
});

/** A request by a config of its own, and which models the provider was asked for. */
async function ask(config: object, access: RoutingAccess, chat: object = {}) {
  const { ask: send, attempts } = createCompleterOf(demoProviders(provider.url), { config, random: () => 0 });
  const { done, reply } = send({ model: 'gpt-5-mini', ...chat }, { envelope: { access } });
  const fault = await done;
  return { fault, reply, models: attempts.map(({ model }) => model) };
}

const access = { models: [['gpt-5-mini']] };
const others = { override_params: { model: 'gpt-5' } };

test('a request that may use nothing of what its config names reaches no provider', async () => {
  const { fault, models } = await ask({ provider: 'openai', ...others }, access);
  expect(fault).toMatchObject({ code: 'model_not_allowed', status: 403 });
  expect(models).toEqual([]);
  expect(provider.requests).toEqual([]);
});

test('a mirror that is not allowed gets no copy', async () => {
  const mirror = { provider: 'openai', ...others };
  expect((await ask({ provider: 'openai', mirror }, access)).models).toEqual(['gpt-5-mini']);
  expect(provider.requests).toHaveLength(1);
});

test('a slow request is not hedged at a target that is not allowed', async () => {
  provider.script({ latencyMs: 200, times: 1 });
  const config = {
    strategy: { mode: 'fallback' },
    hedge: { delay_ms: 1 },
    targets: [{ provider: 'openai' }, { provider: 'openai', ...others }],
  };
  const { fault, models } = await ask(config, access);
  expect(fault).toBeUndefined();
  expect(models).toEqual(['gpt-5-mini']);
});

test('after a failure no target is asked that is not allowed, and the failure is what is told', async () => {
  provider.script({ fault: { kind: 'status', status: 500 } });
  const config = {
    strategy: { mode: 'fallback' },
    targets: [
      { provider: 'openai' },
      { provider: 'anthropic', override_params: { model: 'claude-haiku-4-5' } },
    ],
  };
  const { fault, models } = await ask(config, { providers: [['openai']] });
  expect(fault?.code).toBe('upstream_error');
  expect(models).toEqual(['gpt-5-mini']);
});
