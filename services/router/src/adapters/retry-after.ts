import type { Dispatcher } from 'undici';

type Headers = Dispatcher.ResponseData['headers'];

/** Nobody is told to wait longer, whatever a provider says. */
const maxMs = 24 * 3_600_000;

/** How long a provider asks to wait: `retry-after` in seconds or as a date, or OpenAI's `retry-after-ms`. */
export function parseRetryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const inMs = toNumber(headers['retry-after-ms']);
  if (inMs !== undefined) return Math.min(inMs, maxMs);
  const said = headers['retry-after'];
  if (typeof said !== 'string') return undefined;
  const seconds = toNumber(said);
  const waitMs = seconds === undefined ? toTimeMs(said) - nowMs : seconds * 1_000;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, Math.ceil(waitMs)), maxMs);
}

function toNumber(said: string | string[] | undefined): number | undefined {
  return typeof said === 'string' && /^\d+(\.\d+)?$/.test(said.trim()) ? Number(said) : undefined;
}

/** An HTTP date is always in GMT; `Date.parse` alone takes nearly anything for a date. */
function toTimeMs(said: string): number {
  return said.endsWith('GMT') ? Date.parse(said) : NaN;
}
