import { createRandomPool } from './random-pool.ts';

const traceparentPattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

const drawIds = createRandomPool(24);

/**
 * Continues the caller's trace where it sent a valid W3C `traceparent`, else begins one. The span is new either
 * way: it is ours.
 */
export function continueTrace(traceparent: string | undefined): string {
  const [, traceId, , flags] = traceparentPattern.exec(traceparent ?? '') ?? [];
  const random = drawIds();
  return `00-${traceId ?? random.toString('hex', 0, 16)}-${random.toString('hex', 16, 24)}-${flags ?? '01'}`;
}

/** The trace's id: what logs, headers and dashboards are searched for. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}
