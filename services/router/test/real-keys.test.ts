import { Fault } from '@weir/service-kit/fault';
import { type FakeProvider, startFakeProvider } from '@weir/testkit/providers/fake-provider';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toCredential } from '../src/providers/credential.ts';
import { demoProviders } from '../src/providers/demo.ts';
import { createCompleterOf } from './completer.ts';
import { aCredential, credentialIndex } from './credential-index.ts';

let provider: FakeProvider;
beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.close());
beforeEach(() => {
  provider.reset();
});

const cannotBeHad = () => Promise.reject(new Fault('no_target_available', { message: 'No key.' }));

/** OpenAI has two stored credentials and none of the environment; Anthropic has one of the environment. */
function completerOf(open: (id: string) => Promise<string>, config: object) {
  const providers = demoProviders(provider.url).map((each) =>
    each.name === 'openai' ? { ...each, credentials: [] } : each,
  );
  return createCompleterOf(providers, {
    config,
    random: () => 0,
    credentials: credentialIndex(aCredential('one'), aCredential('two')),
    realKeys: { open: async ({ id }) => toCredential(await open(id)) },
  });
}

test('a target whose keys cannot be had is passed over, whatever statuses lead on, and its health is not touched', async () => {
  const { ask, attempts, health } = completerOf(cannotBeHad, {
    strategy: { mode: 'fallback', on_status_codes: [429] },
    targets: [
      { provider: 'openai' },
      { provider: 'anthropic', override_params: { model: 'claude-haiku-4-5' } },
    ],
  });
  expect(await ask({ model: 'gpt-5-mini' }).done).toBeUndefined();
  expect(attempts.map((attempt) => attempt.provider)).toEqual(['anthropic']);
  expect(health.list().filter(({ state }) => state !== 'closed')).toEqual([]);
});

test('where there is nothing else the fault says that the key is what is missing, and no attempt is made', async () => {
  const { ask, attempts } = completerOf(cannotBeHad, { provider: 'openai', retry: { attempts: 3 } });
  expect(await ask({}).done).toMatchObject({
    code: 'no_target_available',
    message: 'No key.',
    retryable: true,
  });
  expect(attempts).toEqual([]);
});

test('a key that is refused is followed by the next one, each with a health of its own', async () => {
  provider.script({
    fault: { kind: 'invalid_key' },
    matches: ({ headers }) => headers.authorization === 'Bearer sk-one',
  });
  const { ask, attempts, health } = completerOf((id) => Promise.resolve(`sk-${id}`), { provider: 'openai' });
  for (let time = 0; time < 4; time++) expect(await ask({}).done).toBeUndefined();
  expect(attempts.filter(({ outcome }) => outcome !== 'ok').map(({ credential }) => credential)).toEqual([
    'one',
  ]);
  expect(health.list().filter(({ state }) => state !== 'closed')).toMatchObject([
    { credential: 'one', reason: 'upstream_credentials_rejected' },
  ]);
});

test('a caller that leaves while a key is asked for has nothing sent for it', async () => {
  const asked = Promise.withResolvers<undefined>();
  const key = Promise.withResolvers<string>();
  const { ask, attempts } = completerOf(
    () => {
      asked.resolve(undefined);
      return key.promise;
    },
    { provider: 'openai' },
  );
  const controller = new AbortController();
  const { done } = ask({}, { signal: controller.signal });
  await asked.promise;
  controller.abort(new Fault('client_closed_request'));
  key.resolve('sk');
  expect((await done)?.code).toBe('client_closed_request');
  expect(attempts).toEqual([]);
});

test('a mirror opens its key too, and nobody hears of one that cannot be had', async () => {
  const mirror = { provider: 'openai' };
  const config = { provider: 'anthropic', override_params: { model: 'claude-haiku-4-5' }, mirror };
  const failing = completerOf(cannotBeHad, config);
  expect(await failing.ask({ model: 'gpt-5-mini' }).done).toBeUndefined();
  const { ask } = completerOf((id) => Promise.resolve(`sk-${id}`), config);
  expect(await ask({ model: 'gpt-5-mini' }).done).toBeUndefined();
  const copy = await provider.waitFor(({ protocol }) => protocol === 'openai');
  expect(copy.headers.authorization).toMatch(/^Bearer sk-(one|two)$/);
});
