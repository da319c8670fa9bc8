import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimateText } from './estimate-text.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { TokenEstimate } from './token-estimate.ts';

const english = `The gateway keeps back what a request may cost before it asks a provider, and gives back what was not used once the
answer is there. Whoever has a budget sees at once how much of it is left, when it starts anew, and whom to ask for more. If a provider
does not say what it has counted, the usage is estimated from the text that was sent and received, and marked as an estimate.`;

const vietnamese = `Xin chào anh chị, tôi muốn hỏi về đơn hàng số 48213 đã đặt hôm thứ ba tuần trước. Đến nay tôi vẫn chưa nhận được hàng, trong khi ứng
dụng báo là đã giao thành công. Nhờ bộ phận chăm sóc khách hàng kiểm tra giúp tôi xem người giao hàng đã đưa cho ai, và nếu bị thất lạc
thì tôi có được hoàn tiền hay không. Mô hình ngôn ngữ lớn được huấn luyện trên lượng dữ liệu khổng lồ, có khả năng trả lời câu hỏi.`;

const code = `export function retryDelayMs(attempt: number, { baseMs, maxMs, random }: BackoffOptions): number {
  const exponential = Math.min(maxMs, baseMs * 2 ** attempt);
  return Math.round(exponential / 2 + (exponential / 2) * random());
}

for (const [name, value] of Object.entries(headers)) {
  if (name.toLowerCase() === 'retry-after' && /^\\d+$/.test(value)) return Number(value) * 1_000;
}`;

/** Counted by gpt-tokenizer 4, o200k_base. */
test.each([
  ['English', english, 86],
  ['Vietnamese', vietnamese, 116],
  ['code', code, 109],
])('an estimate is within 15% of what o200k counts: %s', (_, text, counted) => {
  expect(Math.abs(estimateTokens(text) / counted - 1)).toBeLessThan(0.15);
});

const pieces = (piece: (hash: Buffer) => string) =>
  Array.from({ length: 20 }, (_, index) => piece(createHash('sha512').update(String(index)).digest())).join(
    '',
  );

/** What a caller may write who hangs up before the usage comes. Counted by js-tiktoken 1, o200k_base. */
test.each([
  ['hexadecimal', pieces((hash) => hash.subarray(0, 32).toString('hex')), 721],
  ['base64', pieces((hash) => hash.toString('base64url')), 1_182],
  ['letters', pieces((hash) => [...hash].map((n) => String.fromCharCode(97 + (n % 26))).join('')), 664],
])('what is no language is within a quarter of it: %s', (_, text, counted) => {
  expect(Math.abs(estimateTokens(text) / counted - 1)).toBeLessThan(0.25);
});

test('a text that is not empty is never nothing, and never more tokens than bytes', () => {
  expect(estimateTokens('')).toBe(0);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }), (text) => {
      const estimate = estimateTokens(text);
      expect(estimate).toBeGreaterThan(0);
      expect(estimate).toBeLessThanOrEqual(Buffer.byteLength(text));
    }),
  );
});

test('a text of one endless word is estimated by its length', () => {
  expect(estimateTokens('a'.repeat(5_000_000))).toBeGreaterThan(400_000);
});

test('a text of megabytes, whole or in pieces, is estimated by samples', () => {
  const text = 'The quick brown fox jumps. '.repeat(50_000);
  const few = estimateTokens(text.slice(0, 27_000)) * 50;
  const inPieces = new TokenEstimate();
  inPieces.add(text);
  expect(inPieces.tokens).toBe(estimateText(text));
  expect(Math.abs(estimateText(text) / few - 1)).toBeLessThan(0.05);
});
