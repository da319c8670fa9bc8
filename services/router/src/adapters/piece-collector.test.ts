import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PieceCollector } from './piece-collector.ts';

test('what came in pieces is whole again, however many there were, and the next begins anew', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 3 }), { size: 'large', maxLength: 400 });
  const collector = new PieceCollector();
  fc.assert(
    fc.property(pieces, (given) => {
      const buffers = given.map((bytes) => Buffer.from(bytes));
      for (const piece of buffers) collector.add(piece);
      const whole = Buffer.concat(buffers);
      expect(collector.length).toBe(whole.length);
      expect(collector.take()).toEqual(whole);
      expect(collector.length).toBe(0);
    }),
  );
});
