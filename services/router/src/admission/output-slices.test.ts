import { Fault } from '@weir/service-kit/fault';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutputSlices } from './output-slices.ts';

test('never more is passed on than is held, and never more is held than two slices beyond what has come', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 40 }),
      fc.integer({ min: 1_001, max: 20_000 }),
      async (pieces, maxTokens) => {
        let held = 1_000;
        const slices = new OutputSlices({
          heldTokens: held,
          maxTokens,
          sliceTokens: 1_000,
          topUp: async (tokens) => {
            await Promise.resolve();
            expect(tokens).toBeGreaterThan(held);
            held = tokens;
          },
        });
        let bytes = 0;
        for (const piece of pieces) {
          bytes += piece;
          await slices.take(bytes);
          if (bytes > held) expect(held).toBe(maxTokens);
          expect(held).toBeLessThanOrEqual(Math.min(maxTokens, Math.max(1_000, bytes + 2_000)));
        }
      },
    ),
  );
});

test('a refused top-up ends the stream only where more comes than is held, and is not asked again', async () => {
  let asked = 0;
  const slices = new OutputSlices({
    heldTokens: 100,
    maxTokens: 1_000,
    sliceTokens: 100,
    topUp: () => {
      asked++;
      return Promise.reject(new Fault('insufficient_quota'));
    },
  });
  expect(slices.take(60)).toBeUndefined();
  await new Promise((resolve) => setImmediate(resolve));
  expect(slices.take(100)).toBeUndefined();
  await expect(slices.take(101)).rejects.toMatchObject({ code: 'insufficient_quota' });
  await expect(slices.take(101)).rejects.toMatchObject({ code: 'insufficient_quota' });
  expect(asked).toBe(1);
});
