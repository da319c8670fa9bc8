import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBuiltinEmbedder } from './builtin-embedder.ts';

const builtin = createBuiltinEmbedder();

async function cosine(a: string, b: string): Promise<number> {
  const [left, right] = await Promise.all([builtin.embed(a), builtin.embed(b)]);
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

test('every text has a vector of length 1', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
      const vector = await builtin.embed(text);
      expect(vector).toHaveLength(builtin.dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }),
  );
});

test('a text has the same vector on every machine', async () => {
  const vector = await builtin.embed('Mở tài khoản');
  const strongest = [...vector.entries()].filter(([, value]) => Math.abs(value) > 0.2);
  expect(strongest).toMatchInlineSnapshot(`
    [
      [
        192,
        0.22302962839603424,
      ],
      [
        327,
        -0.2939167618751526,
      ],
    ]
  `);
});

test('case, composition and punctuation make no difference', async () => {
  expect(await cosine('Mở tài khoản?', 'MỞ  TÀI KHOẢN'.normalize('NFD'))).toBeCloseTo(1, 6);
});

test('a text without its diacritics is near, and not the same', async () => {
  const bare = await cosine('mở tài khoản ngân hàng', 'mo tai khoan ngan hang');
  const other = await cosine('mở tài khoản ngân hàng', 'đăng ký học phần');
  expect(bare).toBeGreaterThan(other + 0.2);
  expect(bare).toBeLessThan(0.95);
});

test('texts that share words are nearer than those that share none', async () => {
  const near = await cosine('how do I open a savings account', 'how to open an account for savings');
  const far = await cosine('how do I open a savings account', 'when did the last train leave');
  expect(near).toBeGreaterThan(far + 0.3);
});

test('signs tell words apart', async () => {
  expect(await cosine('learn C++', 'learn C#')).toBeLessThan(0.95);
});
