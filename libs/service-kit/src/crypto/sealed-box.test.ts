import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../fault.ts';
import { MasterKeys } from './master-keys.ts';
import { createSealingKeys, isSealed, openSealed, seal, sealingKeysOf } from './sealed-box.ts';

const oldKey = Buffer.alloc(32, 1);
const newKey = Buffer.alloc(32, 2);
const keys = sealingKeysOf(new MasterKeys([oldKey]));
const config = '{"provider":"openai","api_key":"sk-plain"}';

function codeOf(token: string, opener = keys): string | undefined {
  try {
    openSealed(token, opener);
    return undefined;
  } catch (error) {
    return Fault.from(error).code;
  }
}

test('what one replica’s key seals another replica opens, and nobody reads it on the way', () => {
  const replica = sealingKeysOf(new MasterKeys([oldKey]));
  const token = seal(config, keys.publicKey);
  expect(token).toMatch(/^weir-sealed\.1\.[\x21-\x7e]+$/);
  expect(isSealed(token)).toBe(true);
  expect(openSealed(token, replica)).toBe(config);
  expect(Buffer.from(token.split('.')[4] ?? '', 'base64url').toString('latin1')).not.toContain('sk-plain');
});

test('what is sealed to the keys of one process no other process opens', () => {
  const own = createSealingKeys();
  const token = seal(config, own.publicKey);
  expect(openSealed(token, own)).toBe(config);
  expect(codeOf(token, createSealingKeys())).toBe('stale_sealing_key');
  expect(codeOf(token)).toBe('stale_sealing_key');
});

test('the same text is never sealed alike', () => {
  expect(seal(config, keys.publicKey)).not.toBe(seal(config, keys.publicKey));
});

test('any text comes back', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 500 });
  fc.assert(
    fc.property(text, (given) => {
      expect(openSealed(seal(given, keys.publicKey), keys)).toBe(given);
    }),
    { numRuns: 20 },
  );
});

test('what was sealed before a rotation is opened as long as the older master key is kept', () => {
  const token = seal(config, keys.publicKey);
  const rotated = sealingKeysOf(new MasterKeys([newKey, oldKey]));
  expect(rotated.publicKey).toBe(sealingKeysOf(new MasterKeys([newKey])).publicKey);
  expect(openSealed(token, rotated)).toBe(config);
  expect(codeOf(token, sealingKeysOf(new MasterKeys([newKey])))).toBe('stale_sealing_key');
});

test('a token that was changed, cut or never was one is an invalid config', () => {
  const token = seal(config, keys.publicKey);
  const [, , recipient = '', sender = '', box = ''] = token.split('.');
  const flipped = box.replace(/.(?=.{9}$)/, (letter) => (letter === 'A' ? 'B' : 'A'));
  const broken = [
    '',
    'my-config',
    'weir-sealed.1.',
    token.slice(0, -1),
    token.slice(0, 140),
    `${token} `,
    token.replace('weir-sealed.1.', 'weir-sealed.2.'),
    `weir-sealed.1.${recipient}.${sender}.${flipped}`,
    `weir-sealed.1.${recipient}.${recipient}.${box}`,
    `weir-sealed.1.${recipient}.X${'A'.repeat(55)}.${box}`,
    `weir-sealed.1.${recipient}.${sender}.AAAA`,
  ];
  expect(broken.map((one) => codeOf(one))).toEqual(broken.map(() => 'invalid_config'));
});

test('whoever prints the keys sees the public one only', () => {
  expect(Object.keys(keys)).toEqual(['publicKey', 'pairOf']);
  expect(inspect(keys, { depth: 9 })).not.toContain('seed');
});
