import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../fault.ts';
import { MasterKeys } from './master-keys.ts';
import { createSealingPair, isSealed, openSealed, seal, sealAll, sealingKeysOf } from './sealed-box.ts';

const oldKey = Buffer.alloc(32, 1);
const newKey = Buffer.alloc(32, 2);
const keys = sealingKeysOf(new MasterKeys([oldKey]));
const config = '{"provider":"openai","api_key":"sk-plain"}';

function codeOf(token: string, opener = keys): string | undefined {
  return thrownBy(() => openSealed(token, opener))?.code;
}

function thrownBy(work: () => unknown): Fault | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return Fault.from(error);
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

test('the same text is never sealed alike', () => {
  expect(seal(config, keys.publicKey)).not.toBe(seal(config, keys.publicKey));
});

test('several texts that are sealed at once are each opened alone', () => {
  const texts = ['one', 'two', ''];
  const tokens = sealAll(texts, keys.publicKey);
  expect(tokens.map((token) => openSealed(token, keys))).toEqual(texts);
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

test('a token that was changed, cut or never was one is an invalid request', () => {
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
  expect(broken.map((one) => codeOf(one))).toEqual(broken.map(() => 'invalid_request'));
});

test('what is sealed to one process no other opens', () => {
  const [pair, other] = [createSealingPair(), createSealingPair()];
  const token = seal('sk-plain', pair.publicKey);
  expect(pair.open(token)).toBe('sk-plain');
  expect(thrownBy(() => other.open(token))?.code).toBe('stale_sealing_key');
  expect(codeOf(token)).toBe('stale_sealing_key');
});

test('nothing is sealed to what is no public key, and the refusal does not repeat the text', () => {
  const { publicKey } = createSealingPair();
  for (const wrong of ['', 'X', `X${'A'.repeat(55)}`, `${publicKey}A`, publicKey.toLowerCase()]) {
    const fault = thrownBy(() => seal('sk-plain', wrong));
    expect(fault?.code).toBe('invalid_request');
    expect(inspect(fault, { depth: 9 })).not.toContain('sk-plain');
  }
});

test('whoever prints the keys sees the public one only', () => {
  for (const printed of [keys, createSealingPair()]) {
    expect(inspect(printed, { depth: 9 })).not.toContain('seed');
    expect(JSON.stringify(printed)).toBe(JSON.stringify({ publicKey: printed.publicKey }));
  }
});
