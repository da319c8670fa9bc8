import type { Candidate } from './candidate.ts';
import { isAlphanumeric, isEmailCharacter } from './characters.ts';
import type { NormalizedText } from './normalize.ts';

/** RFC 5321. */
export const maxLocalLength = 64;
const maxDomainLength = 253;
const wholeHost = /^[A-Za-z0-9.-]*\.[A-Za-z]{2,24}(?![A-Za-z0-9_])/;
const anyHost = /^[A-Za-z0-9.-]*\.[A-Za-z]{2,24}/;
const label = /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/;

/** The email around the sign at `at`, an `@` or, in a URL, `%40`; undefined where there is none. */
export function emailAt(text: NormalizedText, at: number, sign = '@'): Candidate | undefined {
  let start = at;
  while (at - start < maxLocalLength && isEmailCharacter(text.at(start - 1))) start -= 1;
  while (start < at && !isAlphanumeric(text.at(start))) start += 1;
  if (start === at || text.at(at - 1) === 46) return undefined;
  const hostStart = at + sign.length;
  let end = hostStart;
  while (end - at <= maxDomainLength && isDomainCharacter(text.at(end))) end += 1;
  const rest = text.slice(hostStart, end + 1);
  const host = (wholeHost.exec(rest) ?? anyHost.exec(rest))?.[0] ?? '';
  if (host === '' || !host.split('.').every((part) => label.test(part))) return undefined;
  const place = { start, end: hostStart + host.length };
  return { entity: 'email', tier: 1, ...place, score: 0.95, rule: 'email.address' };
}

const isDomainCharacter = (code: number) => isAlphanumeric(code) || code === 45 || code === 46;
