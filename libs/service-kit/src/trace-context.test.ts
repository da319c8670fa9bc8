import { envelopeSchema } from '@weir/contracts/envelope';
import { expect, test } from 'vitest';
import { continueTrace, traceIdOf } from './trace-context.ts';

const incoming = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';

test("the caller's trace goes on under a span of ours, with its sampling decision", () => {
  const ours = continueTrace(incoming);
  expect(traceIdOf(ours)).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  expect(ours.slice(36, 52)).not.toBe('00f067aa0ba902b7');
  expect(ours.endsWith('-00')).toBe(true);
});

test.each([undefined, '', 'garbage', incoming.toUpperCase(), `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])(
  'a trace begins anew where %j was sent',
  (traceparent) => {
    const ours = continueTrace(traceparent);
    expect(envelopeSchema.shape.traceparent.safeParse(ours).success).toBe(true);
    expect(traceIdOf(ours)).not.toBe(traceIdOf(incoming));
  },
);
