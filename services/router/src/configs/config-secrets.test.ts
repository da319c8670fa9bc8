import { type RoutingConfig, routingConfigSchema } from '@weir/contracts/routing/config';
import type { SecretsOptions } from '@weir/service-kit/admin/documents/document-secrets';
import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { Fault } from '@weir/service-kit/fault';
import { expect, test } from 'vitest';
import { configSecrets } from './config-secrets.ts';

const masterKeys = new MasterKeys([Buffer.alloc(32, 1)]);
const options = { name: 'chat', masterKeys };

/** As it is done where a config is written. */
const encryptSecrets = (
  config: RoutingConfig,
  { previous, ...options }: SecretsOptions & { previous?: RoutingConfig | undefined },
) => configSecrets.encrypt(configSecrets.unmask(config, { ...options, previous }), options);

const openaiKey = 'sk-proj-0123456789-aaaa';
const groqKey = 'gsk-0123456789-bbbb';
const mirrorKey = 'sk-mirror-0123456789-cccc';

const openai = { provider: 'openai', api_key: openaiKey };
const groq = { provider: 'groq', api_key: groqKey };
const own = { provider: 'openai', api_key: 'tiny', custom_host: 'https://llm.example.com/v1' };
const mirror = { provider: 'openai', api_key: mirrorKey };

const fallback = (...targets: object[]) => ({ strategy: { mode: 'fallback' }, targets });
const config = (value: object): RoutingConfig => routingConfigSchema.parse(value);
const nested = config({ ...fallback(openai, { ...fallback(groq, own), weight: 2 }), mirror });

/** What an admin reads, changes and writes back. */
function edit(stored: RoutingConfig, change: (shown: string) => string): RoutingConfig {
  const shown = JSON.stringify(configSecrets.mask(stored, options));
  return config(JSON.parse(change(shown)) as object);
}

function faultOf(work: () => unknown): Fault | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return Fault.from(error);
  }
}

test('every api_key is stored encrypted, wherever it stands, and is used as it was given', () => {
  const stored = encryptSecrets(nested, options);
  const text = JSON.stringify(stored);
  for (const secret of [openaiKey, groqKey, mirrorKey, 'tiny']) expect(text).not.toContain(secret);
  expect(text.match(/gAAAAA/g)).toHaveLength(4);
  expect(routingConfigSchema.parse(JSON.parse(text))).toEqual(stored);
  expect(configSecrets.decrypt(stored, options)).toEqual(nested);
});

test('a config that is a single target has its key encrypted too, and one without keys stays as it is', () => {
  const single = config(openai);
  const stored = encryptSecrets(single, options);
  expect(stored.api_key).toMatch(/^gAAAAA/);
  expect(configSecrets.decrypt(stored, options)).toEqual(single);
  expect(encryptSecrets(config({ provider: 'openai' }), options)).toEqual({ provider: 'openai' });
});

test('admins see the last four characters, and nothing of a short key', () => {
  const shown = configSecrets.mask(encryptSecrets(nested, options), options);
  expect(shown).toMatchObject({
    targets: [
      { api_key: '****aaaa' },
      { targets: [{ api_key: '****bbbb' }, { api_key: '****', custom_host: own.custom_host }] },
    ],
    mirror: { api_key: '****cccc' },
  });
});

test('a config that is read, edited and written keeps the keys that were not touched', () => {
  const stored = encryptSecrets(nested, options);
  const edited = edit(stored, (shown) =>
    shown.replace('****bbbb', 'gsk-new-0123456789').replace('"weight":2', '"weight":3'),
  );
  const written = encryptSecrets(edited, { ...options, previous: stored });
  expect(configSecrets.decrypt(written, options)).toEqual(
    config({
      ...fallback(openai, { ...fallback({ ...groq, api_key: 'gsk-new-0123456789' }, own), weight: 3 }),
      mirror,
    }),
  );
});

test('keys follow their targets when these are moved', () => {
  const stored = encryptSecrets(config(fallback(openai, groq, openai)), options);
  const moved = config(fallback({ ...groq, api_key: '****bbbb' }, { ...openai, api_key: '****aaaa' }));
  const written = encryptSecrets(moved, { ...options, previous: stored });
  expect(configSecrets.decrypt(written, options)).toEqual(config(fallback(groq, openai)));
});

test('of keys that look alike each stays at its place, and none is guessed', () => {
  const twins = [openai, { ...openai, api_key: 'sk-proj-9876543210-aaaa' }];
  const stored = encryptSecrets(config(fallback(...twins)), options);
  const shown = edit(stored, (text) => text);
  expect(configSecrets.decrypt(encryptSecrets(shown, { ...options, previous: stored }), options)).toEqual(
    config(fallback(...twins)),
  );
  const alone = config({ ...openai, api_key: '****aaaa' });
  expect(faultOf(() => encryptSecrets(alone, { ...options, previous: stored }))?.code).toBe('invalid_config');
});

test.each([
  ['nothing is stored', undefined, nested],
  ['the stored key ends in something else', encryptSecrets(config(fallback(groq)), options), nested],
])('a mask is never stored as a key: %s', (_, previous, given) => {
  const shown = edit(encryptSecrets(given, options), (text) => text);
  expect(faultOf(() => encryptSecrets(shown, { ...options, previous }))?.toData()).toEqual({
    code: 'invalid_config',
    message:
      'targets[0].api_key is masked, and the stored config has no such key for this provider and host.',
    param: 'targets[0].api_key',
  });
});

test('who may not read a key cannot have it sent to another host', () => {
  const stored = encryptSecrets(config(openai), options);
  for (const change of [{ custom_host: 'https://evil.example.com/v1' }, { provider: 'groq' }]) {
    const redirected = config({ ...openai, api_key: '****aaaa', ...change });
    expect(faultOf(() => encryptSecrets(redirected, { ...options, previous: stored }))).toMatchObject({
      code: 'invalid_config',
      details: { param: 'api_key' },
    });
  }
});

test('a token that was moved to another config does not open there', () => {
  const stored = encryptSecrets(nested, options);
  const elsewhere = { ...options, name: 'cha' };
  expect(faultOf(() => configSecrets.decrypt(stored, elsewhere))?.toData()).toEqual({
    code: 'internal_error',
    message: "targets[0].api_key cannot be decrypted with the router's master keys.",
    param: 'targets[0].api_key',
  });
  expect(JSON.stringify(configSecrets.mask(stored, elsewhere))).not.toMatch(/aaaa|bbbb|cccc|gAAAAA/);
});

test('a rotation of the master keys loses none, and a write encrypts with the newest', () => {
  const stored = encryptSecrets(nested, options);
  const newest = Buffer.alloc(32, 2);
  const rotated = { name: 'chat', masterKeys: new MasterKeys([newest, Buffer.alloc(32, 1)]) };
  const written = encryptSecrets(
    edit(stored, (text) => text),
    { ...rotated, previous: stored },
  );
  expect(configSecrets.decrypt(written, { ...options, masterKeys: new MasterKeys([newest]) })).toEqual(
    nested,
  );
});

test('a key that would be too long when encrypted is refused before it is stored', () => {
  const fits = config({ ...openai, api_key: 'k'.repeat(2_900) });
  expect(routingConfigSchema.safeParse(encryptSecrets(fits, options)).success).toBe(true);
  const tooLong = config({ ...openai, api_key: 'k'.repeat(4_096) });
  const fault = faultOf(() => encryptSecrets(tooLong, options));
  expect(fault?.message).toBe('api_key is too long to be stored.');
});
