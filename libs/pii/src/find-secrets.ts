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
const pemStart = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const pemBody = /[A-Za-z0-9+/=\s:,\\-]/;

/** The private key whose header begins at `start`: as far as there is anything that may belong to one. */
export function privateKeyAt(text: NormalizedText, start: number): Candidate | undefined {
  pemStart.lastIndex = start;
  const header = pemStart.exec(text.text)?.[0];
  if (header === undefined) return undefined;
  const body = text.slice(start + header.length, start + maxPemLength);
  const footer = /-----END [A-Z0-9 ]{0,40}-----/.exec(body);
  let length = footer ? footer.index + footer[0].length : 0;
  if (!footer) while (length < body.length && pemBody.test(body[length] ?? '')) length += 1;
  const end = start + header.length + body.slice(0, length).trimEnd().length;
  return secret(start, end, 'secret.private_key', 1);
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

/** Where a private key begins that reaches into the last word, or may go on after it; the word's start where there is none. */
export function openPrivateKey(text: NormalizedText, word: number): number {
  const start = text.text.lastIndexOf('-----BEGIN', word - 1);
  if (start < 0 || word - start > maxPemLength) return word;
  if (openHeader.test(text.slice(start, start + 80))) return Math.min(start, word);
  const key = privateKeyAt(text, start);
  return key && text.slice(key.end, word).trim() === '' ? Math.min(start, word) : word;
}

/** The end of the word that begins at `start`. */
export function keyWordEnd(text: NormalizedText, start: number): number {
  let end = start;
  while (isKeyCharacter(text.at(end))) end += 1;
  return end;
}
