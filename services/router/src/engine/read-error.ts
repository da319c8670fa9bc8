import type { Fault } from '@weir/service-kit/fault';
import { createDecoder, isEventStream } from '../adapters/framing.ts';
import type { UpstreamResponse } from '../adapters/upstream-response.ts';
import type { Dialect } from '../domain/dialect.ts';
import { withDetails } from '../domain/failure.ts';

/** How much of an error's body is read: what matters stands at its beginning. */
const maxErrorBytes = 64 * 1024;

/** What a refusal means, and what it says: its body, or its first event where it comes as one. */
export async function readError(
  response: UpstreamResponse,
  dialect: Dialect,
): Promise<{ readonly fault: Fault; readonly refusal: string }> {
  const text = await response.prefix(maxErrorBytes);
  const refusal = firstEventOf(text) ?? text;
  const fault = dialect.parseError(response.status, refusal);
  const { retryAfterMs } = response;
  const waits = fault.retryable && retryAfterMs !== undefined;
  return { fault: waits ? withDetails(fault, { retryAfterMs }) : fault, refusal };
}

function firstEventOf(text: string): string | undefined {
  if (!isEventStream(text.trimStart())) return undefined;
  const decoder = createDecoder.sse();
  return [...decoder.push(Buffer.from(text)), ...decoder.end()][0]?.data;
}
