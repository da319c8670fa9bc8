import type { Fault } from '@weir/service-kit/fault';
import type { HeaderList } from './header-list.ts';

/** What tells a client whether and when to try again: `x-should-retry` is read by OpenAI's SDKs. */
export function faultHeaders({ retryable, details: { retryAfterMs } }: Fault): HeaderList {
  const shouldRetry = ['x-should-retry', String(retryable)];
  if (retryAfterMs === undefined) return shouldRetry;
  const seconds = String(Math.ceil(retryAfterMs / 1_000));
  return [...shouldRetry, 'retry-after', seconds, 'retry-after-ms', String(Math.ceil(retryAfterMs))];
}
