import { isIPv6 } from 'node:net';
import { type Candidate, strong } from './candidate.ts';
import { isKeyCharacter } from './characters.ts';
import { contextBefore, isDisclaimed } from './context.ts';
import type { Tokens } from './tokens.ts';

const notAddresses =
  /(?:^|[^a-z])(?:v|ver|version|phien ban|ban|dieu|khoan|muc|section|chapter|chuong|clause|article|firmware|sdk)[ .:]{0,2}$/i;
const notPersonal = new Set(['127.0.0.1', '0.0.0.0', '255.255.255.255']);

export function ipv4At(tokens: Tokens, token: number): Candidate | undefined {
  const { text } = tokens;
  const start = tokens.start(token);
  if (text.at(tokens.end(token)) !== 46) return undefined;
  const octets: string[] = [];
  for (let next = token; next < token + 4; next += 1) {
    const digits = tokens.length(next) <= 3 ? tokens.digitsOf(next) : undefined;
    const isPoint =
      next === token ||
      (text.at(tokens.start(next) - 1) === 46 && tokens.start(next) - tokens.end(next - 1) === 1);
    if (digits === undefined || !isPoint || Number(digits) > 255) return undefined;
    octets.push(digits);
  }
  const end = tokens.end(token + 3);
  // A full stop ends a sentence, unless digits follow it: `1.2.3.4.5` is a version.
  const next = tokens.start(token + 4) === end + 1 ? (tokens.digitsOf(token + 4) ?? '') : '';
  const isLonger = text.at(end) === 46 && next.length >= 1 && next.length <= 3;
  if (isLonger || isPartOfMore(text.at(start - 1)) || notPersonal.has(octets.join('.'))) return undefined;
  if (
    notAddresses.test(text.slice(start - 16, start)) ||
    isDisclaimed(text, start, contextBefore(tokens, start))
  )
    return undefined;
  // `4.1.5.7` may be some digits of a longer number.
  const score = octets.every((octet) => octet.length === 1) ? 0.8 : 0.9;
  return strong('ip_address', 'ip_address.v4', start, end, score);
}

const isPartOfMore = (before: number) => isKeyCharacter(before) || before === 46;
const ipv6 = /[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z_:])/y;

export function ipv6At(tokens: Tokens, token: number): Candidate | undefined {
  const { text } = tokens;
  const start = tokens.start(token);
  if (text.at(tokens.end(token)) !== 58 || tokens.length(token) > 4) return undefined;
  if (isPartOfMore(text.at(start - 1)) || text.at(start - 1) === 58) return undefined;
  ipv6.lastIndex = start;
  const address = ipv6.exec(text.text)?.[0];
  if (address === undefined || !/\d/.test(address) || !isIPv6(address)) return undefined;
  // `a::1` is a name in code.
  if (address.split(':').length < 4 && tokens.length(token) < 3) return undefined;
  return strong('ip_address', 'ip_address.v6', start, start + address.length, 0.9);
}
