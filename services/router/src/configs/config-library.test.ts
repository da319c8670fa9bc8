import { routingConfigs } from '@weir/contracts/routing/buckets';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { seal, sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';
import { Fault } from '@weir/service-kit/fault';
import { MemoryStore } from '@weir/testkit/memory-store';
import { expect, test, vi } from 'vitest';
import { createConfigAdmin, silentLogger } from '../../test/config-admin.ts';

const openai = { provider: 'openai' };
const fallback = { strategy: { mode: 'fallback' }, targets: [openai, { provider: 'anthropic' }] };

function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (thrown) {
    return Fault.from(thrown);
  }
  throw new Error('It was taken.');
}

test('a request without a config takes the stored one named default, else its model decides', async () => {
  const { configs, write, delete: remove } = createConfigAdmin();
  expect(configs.resolve(undefined, 'default')).toMatchObject({
    name: undefined,
    compiled: { root: { kind: 'target', provider: undefined } },
  });
  await write('default', fallback);
  expect(configs.resolve(undefined, 'default')).toMatchObject({
    name: 'default',
    compiled: { root: { kind: 'group' } },
  });
  await remove({ name: 'default' });
  expect(configs.resolve(undefined, 'default').name).toBeUndefined();
});

test('a name that is not stored is said, and nothing takes its place', async () => {
  const { configs, write } = createConfigAdmin();
  await write('default', openai);
  expect(faultOf(() => configs.resolve('suport', 'default'))).toMatchObject({
    code: 'config_not_found',
    message: 'There is no routing config "suport".',
    details: { param: 'config' },
  });
});

test('a config that has not changed stays the same object, whatever becomes of the others', async () => {
  const { configs, write } = createConfigAdmin();
  await write('one', fallback);
  const one = configs.resolve('one', 'default').compiled;
  await write('two', fallback);
  expect(configs.resolve('one', 'default').compiled).toBe(one);
  await write('one', { ...fallback, request_timeout: 1_000 });
  expect(configs.resolve('one', 'default').compiled).not.toBe(one);
});

test('a request goes on with the config that it began with, though it is deleted', async () => {
  const { configs, write, delete: remove } = createConfigAdmin();
  await write('chat', fallback);
  const { compiled } = configs.resolve('chat', 'default');
  await remove({ name: 'chat' });
  expect(compiled.root).toMatchObject({ kind: 'group', children: [{}, {}] });
  expect(faultOf(() => configs.resolve('chat', 'default')).code).toBe('config_not_found');
});

test('keys of a stored config are the real ones in memory', async () => {
  const { configs, write } = createConfigAdmin();
  await write('chat', { ...openai, api_key: 'sk-of-the-config' });
  expect(configs.resolve('chat', 'default').compiled.root).toMatchObject({
    provider: { credentials: [{ secret: 'sk-of-the-config' }] },
  });
});

test('a config that this replica cannot use fails by name, is logged, and takes no other with it', async () => {
  const store = new MemoryStore(routingConfigs);
  const env = { OPENAI_API_KEY: 'sk-operator' };
  const { write } = createConfigAdmin({ store, env: { ...env, VLLM_BASE_URL: 'http://gpu-box:8000/v1' } });
  await write('default', openai);
  await write('own', { ...fallback, targets: [openai, { provider: 'vllm' }] });
  const error = vi.spyOn(silentLogger, 'error').mockClear();
  const { configs } = createConfigAdmin({ store, env });
  const fault = faultOf(() => configs.resolve('own', 'default'));
  expect(fault).toMatchObject({ code: 'stored_entry_unreadable', status: 503 });
  expect(fault.message).toMatch(/^The routing config "own" cannot be used: targets\[1\]\.provider "vllm" /);
  expect(configs.warningsOf('own')).toEqual([fault.message]);
  expect(error.mock.calls).toMatchObject([[{ config: 'own', revision: 2 }, expect.any(String)]]);
  expect(configs.resolve('default', 'default').name).toBe('default');
  await write('own', openai);
  expect(configs.resolve('own', 'default').compiled.root).toMatchObject({ provider: { name: 'openai' } });
});

test('a default config that cannot be used is not passed over in silence', () => {
  const store = new MemoryStore(routingConfigs);
  store.putRaw('default', JSON.stringify({ config: { from_the_future: true }, updatedAtMs: 0 }));
  const { configs } = createConfigAdmin({ store });
  expect(faultOf(() => configs.resolve(undefined, 'default'))).toMatchObject({
    code: 'stored_entry_unreadable',
    message: 'The routing config "default" cannot be used: from_the_future is not a known field.',
  });
});

test.each([
  ['garbage', 'garbage'],
  ['what a newer version has written', JSON.stringify({ config: {}, updatedAtMs: 0, disabled: true })],
])(
  'requests that bring no config are refused while the stored one for them is %s, and others go on',
  async (_what, text) => {
    const store = new MemoryStore(routingConfigs);
    const { write, configs } = createConfigAdmin({ store, env: { OPENAI_API_KEY: 'sk-operator' } });
    await write('own', openai);
    store.putRaw('default', text);
    expect(faultOf(() => configs.resolve(undefined, 'default'))).toMatchObject({
      code: 'stored_entry_unreadable',
      message: expect.stringContaining('"default" in weir-routing-configs') as string,
    });
    expect(configs.resolve('own', 'default').name).toBe('own');
    await write('default', openai);
    expect(configs.resolve(undefined, 'default').name).toBe('default');
  },
);

test('a config whose master key is lost says so, and answers for the others', async () => {
  const store = new MemoryStore(routingConfigs);
  const { write } = createConfigAdmin({ store });
  await write('keyed', { ...openai, api_key: 'sk-of-the-config' });
  await write('plain', openai);
  const { configs } = createConfigAdmin({ store, masterKeys: new MasterKeys([Buffer.alloc(32, 2)]) });
  expect(faultOf(() => configs.resolve('keyed', 'default')).message).toBe(
    'The routing config "keyed" cannot be used: api_key cannot be decrypted with the router\'s master keys.',
  );
  expect(configs.resolve('plain', 'default').name).toBe('plain');
});

test('an inline config is compiled once, and kept', () => {
  const { configs, sealText } = createConfigAdmin();
  const token = sealText(JSON.stringify({ ...fallback, onStreamFailure: 'continue' }));
  const resolved = configs.resolve(token, 'default');
  expect(resolved).toMatchObject({ name: 'inline', compiled: { onStreamFailure: 'continue' } });
  expect(configs.resolve(token, 'default')).toBe(resolved);
});

test('what is wrong with an inline config is said with its path', () => {
  const { configs, sealText } = createConfigAdmin();
  const resolve = (config: unknown) =>
    faultOf(() => configs.resolve(sealText(JSON.stringify(config)), 'default'));
  const unknownMode = resolve({ ...fallback, strategy: { mode: 'random' } });
  expect(unknownMode).toMatchObject({ code: 'invalid_config', details: { param: 'strategy.mode' } });
  expect(unknownMode.message).toMatch(/^strategy\.mode must be one of "single", /);
  expect(resolve({ ...openai, custom_host: 'http://169.254.169.254' })).toMatchObject({
    code: 'invalid_config',
    details: { param: 'custom_host' },
  });
  expect(resolve({ name: 'x'.repeat(32 * 1024) }).message).toContain('32 KiB');
});

test('what was sealed to a key that no router has any more is to be sealed again', () => {
  const { configs } = createConfigAdmin();
  const { publicKey } = sealingKeysOf(new MasterKeys([Buffer.alloc(32, 9)]));
  expect(faultOf(() => configs.resolve(seal('{}', publicKey), 'default')).code).toBe('stale_sealing_key');
});
