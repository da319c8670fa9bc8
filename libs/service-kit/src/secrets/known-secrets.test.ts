import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KnownSecrets } from './known-secrets.ts';
import { repeatsSecret, spellingsOf } from './repeats-secret.ts';
import { secretsOfSettings } from './settings-secrets.ts';

const secret = fc.stringMatching(/^([._~+/=-]{0,2}[A-Za-z0-9]){20,40}$/);

test('a secret is found in every spelling, wherever in a text it stands, and however it is parted', () => {
  const between = fc.constantFrom('', ' ', '-', '\u200b', '\u0085', '\u0301');
  fc.assert(
    fc.property(secret, fc.nat(), between, fc.string(), fc.string(), (key, which, gap, before, after) => {
      const spellings = spellingsOf(key);
      const spelt = spellings[which % spellings.length] ?? key;
      const text = `${before} ${spelt.replace(/./g, `$&${gap}`)} ${after}`;
      expect(new KnownSecrets([key]).isRepeatedIn(text)).toBe(true);
    }),
  );
});

test('whatever it finds, the exact search finds too', () => {
  fc.assert(
    fc.property(
      fc.array(secret, { maxLength: 5 }),
      fc.string({ unit: 'binary' }),
      fc.nat(),
      (keys, text, at) => {
        const key = keys[at % Math.max(1, keys.length)] ?? '';
        const half = key.slice(key.length / 3);
        for (const each of [text, text + half]) {
          if (new KnownSecrets(keys).isRepeatedIn(each)) expect(repeatsSecret(each, keys)).toBe(true);
        }
      },
    ),
  );
});

test('the keys that were used last are known, among thousands, and those of the settings for good', () => {
  const keyOf = (index: number) =>
    `key-${String(index).padStart(6, '0')}-${(index * 7_919) % 99_991}-abcdefgh`;
  const known = new KnownSecrets(['setting-0123456789abcdef']);
  for (let index = 0; index < 3_000; index++) known.noteUse(keyOf(index));
  for (let index = 2_950; index < 3_000; index++) expect(known.isRepeatedIn(keyOf(index))).toBe(true);
  expect(known.isRepeatedIn(`x setting-0123456789abcdef`)).toBe(true);
  expect(known.isRepeatedIn('a text of no key at all, which is long enough to be searched')).toBe(false);
});

test('a secret of fewer than 12 letters and digits is not looked for in all that is said', () => {
  expect(new KnownSecrets(['router', 'weir-pw', '']).isRepeatedIn('the router is ready, weir-pw')).toBe(
    false,
  );
});

test('the secrets of the settings are the values of secret variables, the items of lists, and the passwords of addresses', () => {
  const settings = [
    { name: 'WEIR_MASTER_KEYS', secret: true, defaultValue: undefined },
    { name: '*_API_KEY', secret: true, defaultValue: undefined },
    { name: 'DATABASE_URL', secret: true, defaultValue: undefined },
    { name: 'WEIR_PORT', secret: false, defaultValue: undefined },
  ];
  const environment = {
    WEIR_MASTER_KEYS: 'one, two',
    ACME_API_KEY: 'three',
    DATABASE_URL: 'postgres://user:fo%2Fur@host/db',
    NATS_URL: 'nats://router:five@a:4222,nats://b:4222',
    WEIR_PORT: '8080',
    OTHER: 'six',
  };
  expect(secretsOfSettings(settings, environment)).toEqual([
    'one',
    'two',
    'three',
    'fo%2Fur',
    'fo/ur',
    'five',
    'five',
  ]);
});
