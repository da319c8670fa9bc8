import { InvalidArgumentError } from 'commander';

const unitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `90s`, `15m`, `24h`, `30d`, `2w`, in milliseconds; undefined where it is no duration. */
function durationMs(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (unitsMs[unit] ?? 0);
}

export function parseSeconds(text: string): number {
  const ms = text === '0' ? 0 : durationMs(text);
  if (ms === undefined) throw new InvalidArgumentError('It must be 0, or a duration as 15m, 24h or 30d.');
  return ms / 1_000;
}

/** A time as the API takes it, from one, a date, or a duration from now on, which is in the past where `isPast`. */
export function parseTime(text: string, { isPast = false, nowMs = Date.now() } = {}): string {
  const ms = durationMs(text);
  if (ms !== undefined) return new Date(nowMs + (isPast ? -ms : ms)).toISOString();
  const full = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i.test(full);
  if (isTime && !Number.isNaN(Date.parse(full))) return new Date(full).toISOString();
  throw new InvalidArgumentError('It must be a duration as 12h or 30d, or a time as 2027-01-31T12:00:00Z.');
}

/** `none` is the empty list. An empty text is an unset variable of a script rather, and is refused. */
export function parseList(text: string): string[] {
  if (text === 'none') return [];
  const items = text.split(',').map((item) => item.trim());
  if (items.includes('')) throw new InvalidArgumentError('It must be a list as a,b or "none".');
  return items;
}

/** `key=value`, one after the other. `none` takes all away. */
export function parsePairs(text: string, before: unknown = {}): Readonly<Record<string, string>> {
  if (text === 'none') return {};
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be key=value.');
  return { ...(before as Record<string, string>), [text.slice(0, at)]: text.slice(at + 1) };
}

export function parseNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export function parseRevision(text: string): number | string {
  if (text === 'any' || text === 'none') return text;
  if (!/^[1-9]\d{0,15}$/.test(text)) {
    throw new InvalidArgumentError('It must be a revision, as show has it, "any" or "none".');
  }
  return Number(text);
}
