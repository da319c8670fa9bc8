import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../../fault.ts';
import { isolateFailures } from './isolate-failures.ts';

const never = () => false;

test('exactly the items fail that fail alone, every other one is handled, and few calls are made for it', async () => {
  const cases = fc.record({
    size: fc.integer({ min: 0, max: 300 }),
    poison: fc.array(fc.nat(299), { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ size, poison }) => {
      const items = [...Array(size).keys()];
      const bad = new Set(poison.filter((item) => item < size));
      const handled: number[] = [];
      let calls = 0;
      const failed = await isolateFailures(
        items,
        async (group) => {
          calls++;
          if (group.some((item) => bad.has(item))) return new Fault('internal_error');
          handled.push(...group);
          return undefined;
        },
        never,
      );
      expect(new Set(failed.keys())).toEqual(bad);
      expect(handled).toEqual(items.filter((item) => !bad.has(item)));
      expect(calls).toBeLessThanOrEqual(1 + 2 * bad.size * Math.ceil(Math.log2(size + 1)));
    }),
  );
});

test('a fault that concerns all ends it at once', async () => {
  let calls = 0;
  const isolating = isolateFailures(
    [1, 2, 3],
    async () => {
      calls++;
      return new Fault('service_unavailable');
    },
    () => true,
  );
  await expect(isolating).rejects.toMatchObject({ code: 'service_unavailable' });
  expect(calls).toBe(1);
});
