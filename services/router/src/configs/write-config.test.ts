import { routingConfigs } from '@weir/contracts/routing/buckets';
import { Fault } from '@weir/service-kit/fault';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test } from 'vitest';
import { createConfigAdmin } from '../../test/config-admin.ts';

const openai = { provider: 'openai' };
const groupOf = (...targets: object[]) => ({ strategy: { mode: 'fallback' }, targets });

test('what is written is answered as it was stored: in snake case, with masked secrets', async () => {
  const { write, configs } = createConfigAdmin();
  const config = groupOf(openai, { ...openai, apiKey: 'sk-of-the-config-1234', requestTimeout: 1_000 });
  expect(await write('chat', config)).toMatchObject({
    name: 'chat',
    revision: 1,
    config: groupOf(openai, { ...openai, api_key: '****1234', request_timeout: 1_000 }),
    warnings: [],
  });
  expect(configs.resolve('chat', 'default').name).toBe('chat');
});

test.each([
  [{ provider: 'nobody' }, 'provider'],
  [groupOf(openai, { provider: 'nobody' }), 'targets[1].provider'],
  [groupOf({ ...openai, custom_host: 'https://10.0.0.1/v1' }), 'targets[0].custom_host'],
  [{ ...openai, custom_host: 'http://llm.example.com' }, 'custom_host'],
  [{ ...openai, custom_host: `https://llm.example.com/${'v'.repeat(500)}` }, 'custom_host'],
  [{ ...openai, retries: 3 }, 'retries'],
  [{ ...openai, override_params: { stream: true } }, 'override_params.stream'],
  [
    {
      strategy: {
        mode: 'conditional',
        conditions: [{ query: { 'metadata.a': { $regex: '(?=x)' } }, then: 'a' }],
      },
      targets: [{ name: 'a' }],
    },
    'strategy.conditions[0].query',
  ],
])('a config that would not work is refused before anything is stored: %j', async (config, param) => {
  const store = new MemoryStore(routingConfigs);
  const { write } = createConfigAdmin({ store });
  await expect(write('chat', config)).rejects.toMatchObject({ code: 'invalid_config', details: { param } });
  expect(await store.history('chat')).toEqual([]);
});

test('of two who change the same state one is refused', async () => {
  const { write, read } = createConfigAdmin();
  const { revision } = await write('chat', openai);
  const both = await Promise.allSettled([
    write('chat', { ...openai, request_timeout: 1 }, revision),
    write('chat', { ...openai, request_timeout: 2 }, revision),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'revision_conflict' },
  });
  expect((await read({ name: 'chat' })).revision).toBe(2);
});

test('what must not be there yet is not overwritten', async () => {
  const { write } = createConfigAdmin();
  await write('chat', openai, 'none');
  await expect(write('chat', openai, 'none')).rejects.toMatchObject({ code: 'revision_conflict' });
  await write('chat', openai);
});

test('a config that is read, edited and written keeps the keys that were masked', async () => {
  const { write, read, configs } = createConfigAdmin();
  await write('chat', { ...openai, api_key: 'sk-of-the-config-1234' });
  const { config, revision } = await read({ name: 'chat' });
  await write('chat', { ...config, request_timeout: 1_000 }, revision);
  expect(configs.resolve('chat', 'default').compiled.root).toMatchObject({
    provider: { credentials: [{ secret: 'sk-of-the-config-1234' }] },
    policy: { timeouts: { totalMs: 1_000 } },
  });
});

test('while JetStream cannot be reached a write fails, and the config stays what it was', async () => {
  const store = new MemoryStore(routingConfigs);
  const { write, configs } = createConfigAdmin({ store });
  await write('chat', openai);
  const before = configs.resolve('chat', 'default');
  store.failure = new Fault('bus_disconnected');
  await expect(write('chat', { provider: 'anthropic' })).rejects.toMatchObject({ code: 'bus_disconnected' });
  expect(configs.resolve('chat', 'default')).toBe(before);
});
