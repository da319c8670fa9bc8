import type { Candidate } from './candidate.ts';
import { isKeyCharacter } from './characters.ts';
import type { NormalizedText } from './normalize.ts';

/** Keys of known shapes, as they begin. The first word of a rule is the service. */
const shapes: Readonly<Record<string, string>> = {
  anthropic: 'sk-ant-[\\w-]{20,}',
  weir: 'sk-weir-[\\w-]{16,}',
  openai: 'sk-(?:proj-|svcacct-|admin-|None-|or-v1-)?[A-Za-z0-9_-]{20,}',
  stripe: '(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}',
  aws: '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])',
  github: '(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,})',
  gitlab: 'gl(?:pat|dt|rt|ptt|soat)-[\\w-]{18,}',
  slack: 'xox[abeoprs]-[A-Za-z0-9-]{10,}',
  google: '(?:AIza[\\w-]{35}|ya29\\.[\\w-]{20,}|GOCSPX-[\\w-]{20,})',
  huggingface: 'hf_[A-Za-z0-9]{30,}',
  groq: 'gsk_[A-Za-z0-9]{30,}',
  xai: 'xai-[A-Za-z0-9]{30,}',
  perplexity: 'pplx-[A-Za-z0-9]{30,}',
  replicate: 'r8_[A-Za-z0-9]{30,}',
  nvidia: 'nvapi-[\\w-]{30,}',
  sendgrid: 'SG\\.[\\w-]{16,32}\\.[\\w-]{16,64}',
  npm: 'npm_[A-Za-z0-9]{30,}',
  pypi: 'pypi-[\\w-]{40,}',
  docker: 'dckr_pat_[\\w-]{20,}',
  digitalocean: 'do[opr]_v1_[a-f0-9]{40,}',
  shopify: 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{30,}',
  databricks: 'dapi[a-f0-9]{32}(?![A-Za-z0-9])',
  linear: 'lin_api_[A-Za-z0-9]{30,}',
  notion: '(?:secret_[A-Za-z0-9]{40,}|ntn_[A-Za-z0-9]{30,})',
  twilio: '(?:SK|AC)[a-f0-9]{32}(?![A-Za-z0-9])',
  webhook: 'whsec_[A-Za-z0-9+/=]{20,}',
  age: 'AGE-SECRET-KEY-1[A-Z0-9]{50,}',
  telegram: '\\d{8,10}:AA[\\w-]{33}(?![\\w-])',
  jwt: 'eyJ[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*)?',
};
const shapeNames = Object.keys(shapes);
const shape = new RegExp(shapeNames.map((name) => `(${shapes[name]})`).join('|'), 'y');
/** What the shapes above begin with. Shorter words than these are none of them. */
const minLength = 12;

/**
 * The key that begins at `start`, which is the start of a word of letters, digits, hyphens and underscores that ends at `end`. A
 * key begins at no other place, so that each word is read once.
 */
export function keyAt(text: NormalizedText, start: number, end: number): Candidate | undefined {
  const next = text.at(end);
  const mayGoOn = next === 46 || next === 58;
  if (end - start < minLength && !(mayGoOn && end - start >= 2)) return undefined;
  shape.lastIndex = start;
  const match = shape.exec(text.text);
  text.reads += match ? match[0].length : Math.min(end - start, 64);
  if (!match) return undefined;
  const name = shapeNames.find((_, index) => match[index + 1] !== undefined) ?? 'key';
  if (name === 'openai' && !isRandom(match[0].slice(3)) && !match[0].startsWith('sk-proj-')) return undefined;
  return secret(start, start + match[0].length, `secret.${name}`, 1);
}

/** Whether a text is not made of words alone. */
const isRandom = (value: string) => /\d/.test(value) && /[A-Za-z]/.test(value);

const secret = (start: number, end: number, rule: string, score: number): Candidate => ({
  entity: 'secret',
  tier: 1,
  start,
  end,
  score,
  rule,
});

const maxPemLength = 8_192;
const pemStart = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;
const pemEnd = /-----END [A-Z0-9 ]{0,40}-----/g;
const notOfPem = /[^A-Za-z0-9+/=\s:,\\-]/g;

/**
 * The private keys of a text: each from its header as far as there is anything that may belong to one, and no further than the next
 * one's header. A text of nothing but headers takes no longer than it is long.
 */
export function findPrivateKeys(text: NormalizedText): Candidate[] {
  const headers = [...text.text.matchAll(pemStart)];
  const nextEnd = placesOf(text, pemEnd);
  const nextOther = placesOf(text, notOfPem);
  return headers.map(({ 0: header, index: start }, place) => {
    const from = start + header.length;
    const limit = Math.min(start + maxPemLength, headers[place + 1]?.index ?? text.length, text.length);
    const footer = nextEnd(from);
    const end = footer && footer.end <= limit ? footer.end : Math.min(limit, nextOther(from)?.start ?? limit);
    return secret(start, from + text.slice(from, end).trimEnd().length, 'secret.private_key', 1);
  });
}

/** Tells where a pattern matches next, at a place or behind it; asked in the order of places, it looks at each once. */
function placesOf({ text }: NormalizedText, pattern: RegExp) {
  let next: { readonly start: number; readonly end: number } | undefined = { start: -1, end: -1 };
  return (from: number) => {
    if (next && next.start < from) {
      pattern.lastIndex = from;
      const match = pattern.exec(text);
      next = match ? { start: match.index, end: match.index + match[0].length } : undefined;
    }
    return next;
  };
}

const maxUserInfoLength = 200;

/** The password of `scheme://user:password@host`, where `://` begins at `colon`. */
export function passwordInUrl(text: NormalizedText, colon: number): Candidate | undefined {
  if (text.at(colon + 1) !== 47 || text.at(colon + 2) !== 47) return undefined;
  const rest = text.slice(colon + 3, colon + 3 + maxUserInfoLength);
  const match = /^[^\s/:@"',;<>\x80-\uffff]{0,100}:([^\s/@"',;<>\x80-\uffff]{3,})@/.exec(rest);
  const password = match?.[1];
  if (!match || password === undefined || isPlaceholder(password)) return undefined;
  const end = colon + 3 + match[0].length - 1;
  return secret(end - password.length, end, 'secret.url_password', 0.9);
}

const names =
  '(?:password|passwd|passphrase|pwd|mat[ _-]?khau|secret|(?:api|access|secret|private|auth|client|account)[ _-]?(?:key|token|secret)(?:[ _-]?id)?|token|authorization|accountkey|credentials?)';
/** Of what it is: `mật khẩu wifi là`. */
const ofWhat = '(?:\\s(?:cua |for |of |to )?[a-z]{2,12}){0,2}?';
const connector =
  '["\']?\\s{0,2}(?:(?::=?|=>?)\\s{0,2}|\\s(?:la|is|cua (?:toi|em|minh) la)\\s{0,2}:?\\s{0,2})["\']?(?:(?:bearer|basic|token)\\s{1,2})?["\']?';
const assignment = new RegExp(`(?:${names}${ofWhat}${connector}|bearer\\s{1,2})`, 'iy');
/** Nothing in it is a break, as `isBreak` has it. */
const value = /[^\s"',;<>\x80-\uffff]{6,256}/y;

/** The value of `password: ...`, `"api_key": "..."`, `mật khẩu là ...`, where the name begins at `start`. */
export function assignedSecretAt(text: NormalizedText, start: number): Candidate | undefined {
  assignment.lastIndex = start;
  const name = assignment.exec(text.text);
  text.reads += 8;
  if (!name) return undefined;
  value.lastIndex = start + name[0].length;
  const found = value.exec(text.text)?.[0].replace(/(?<![.)\]}])[.)\]}]+$/, '');
  text.reads += found?.length ?? 0;
  if (found === undefined || found.length < 6 || !isRandom(found) || isPlaceholder(found)) return undefined;
  const from = start + name[0].length;
  return secret(from, from + found.length, 'secret.assigned', 0.8);
}

/** Code, a variable, or what stands in a secret's place. */
const isPlaceholder = (text: string) =>
  /^(?:(?:[a-z_]{3,16}_\d{1,5}|secret_[0-9a-f]{16})$|\$|<|\{|\[|%|\*+$|x+$|os\.|process\.|env\.|import\.|config\.|self\.|this\.|None$|null$)|\(|\[[A-Z_]{4,16}(?:_[0-9a-f]{1,16})?\]/i.test(
    text,
  );

const openHeader = /-----BEGIN[A-Z0-9 ]{0,56}-{0,5}$/;
const maxHeaderLength = 80;

/** Where a private key begins that reaches into the last word, or may go on after it; the word's start where there is none. */
export function openPrivateKey(text: NormalizedText, keys: readonly Candidate[], word: number): number {
  const header = text.text.lastIndexOf('-----BEGIN', word - 1);
  if (header < 0) return word;
  if (word - header < maxHeaderLength && openHeader.test(text.slice(header, header + maxHeaderLength)))
    return header;
  const key = keys.findLast(({ start }) => start < word);
  if (!key || word - key.start > maxPemLength) return word;
  return text.slice(key.end, word).trim() === '' ? key.start : word;
}

/** The end of the word that begins at `start`. */
export function keyWordEnd(text: NormalizedText, start: number): number {
  let end = start;
  while (isKeyCharacter(text.at(end))) end += 1;
  return end;
}
