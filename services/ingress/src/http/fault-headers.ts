import type { Fault } from '@weir/service-kit/fault';
import { headerText, type HeaderList } from './header-list.ts';

/**
 * What tells a client whose failure it is, after how many attempts, and whether and when to try again:
 * `x-should-retry` is read by OpenAI's SDKs.
 */
export function faultHeaders({ retryable, details }: Fault): HeaderList {
  const { provider, attempts, fallbacks, retryAfterMs } = details;
  const headers = ['x-should-retry', String(retryable)];
  if (provider !== undefined) headers.push('x-weir-provider', headerText(provider));
  if (attempts !== undefined) headers.push('x-weir-attempts', String(attempts));
  if (fallbacks !== undefined) headers.push('x-weir-fallbacks', String(fallbacks));
  if (retryAfterMs === undefined) return headers;
  const seconds = String(Math.ceil(retryAfterMs / 1_000));
  return [...headers, 'retry-after', seconds, 'retry-after-ms', String(Math.ceil(retryAfterMs))];
}
