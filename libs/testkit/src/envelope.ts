import type { Envelope } from '@weir/contracts/envelope';

/** An envelope for tests, due in `dueInMs`. */
export function testEnvelope(dueInMs = 10_000): Envelope {
  return {
    requestId: '0193f0c0-0000-7000-8000-000000000000',
    tenant: 'default',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    deadlineAtMs: Date.now() + dueInMs,
  };
}
