import { wordKinds } from './lexicon.ts';
import type { NormalizedText } from './normalize.ts';
import type { Tokens } from './tokens.ts';

/**
 * Words that name what stands behind them, as they read without marks and in lower case. Between the words of a phrase stand
 * spaces, hyphens, underscores or nothing: `so_tai_khoan`, `phoneNumber`.
 */
const phrases = {
  negative:
    'ma don(?: hang)?|don hang|don so|ma so don|hoa don|order(?: id| no| number)?|invoice(?: id| no| number)?|otp|tracking(?: id| no| number| code)?|' +
    'timestamp|unix|epoch|ma van don|van don|ma giao dich|ma gd|transaction(?: id)?|ma xac (?:nhan|thuc)|verification code|' +
    'ma san pham|sku|serial(?: number| no)?|build|version|phien ban|barcode|ma vach|ticket|so luong|quantity|tong tien|so tien|amount|total',
  plate:
    'bien so(?: xe)?|bien kiem soat|bks|bsx|bien xe|(?:licen[cs]e |number )?plates?(?: number| no)?|registration(?: number| no)?',
  licence:
    "gplx|bang lai(?: xe)?|giay phep lai xe|(?:driving|drivers?|driver s|driver's) licen[cs]e(?: number| no)?|licen[cs]e(?: number| no)?",
  ssn: 'ssn|social security(?: number| no)?',
  insurance:
    'bhxh|bhyt|ma the|so bao hiem|bao hiem(?: xa hoi| y te)?|(?:social |health )?insurance(?: number| no| code)?',
  identity:
    'cccd|can cuoc(?: cong dan)?|cmnd|cmt|chung minh(?: nhan dan| thu)?|(?:so |ma )?dinh danh(?: ca nhan)?|giay to(?: tuy than)?|' +
    '(?:id|identity) cards?|national id|citizen id|(?:id|identity|identification)(?: number| no)|identity',
  tax: 'mst|ma so thue|ma thue|tax(?: code| id| number| no)?|tin',
  passport: 'ho chieu|passports?(?: number| no)?',
  account:
    'stk|so tai khoan|so tk|tai khoan|tk|chuyen khoan|ck|(?:bank )?account(?: number| no)?|acct|acc|bank|iban',
  birth:
    'sinh ngay|ngay sinh|ngay thang nam sinh|nam sinh|sinh nam|sinh|ns|dob|date of birth|birth ?(?:day|date)|born(?: on| in)?|birth',
  phone:
    'sdt|dt|dien thoai|di dong|hotline|zalo|lien he|goi|alo|so may|(?:tele|mobile |cell )?phones?(?: number| no)?|mobile|tel|cell|call|whatsapp|viber|fax|contact',
} as const;

export type ContextKind = keyof typeof phrases;

const kinds = Object.keys(phrases) as ContextKind[];

const pattern = new RegExp(
  `(?<![a-z])(?:${kinds.map((kind) => `(${phrases[kind].replaceAll(' ?', '[ _-]?').replaceAll(' ', '[ _-]{0,2}')})`).join('|')})(?![a-z])`,
  'y',
);

/** How far before a thing the words may stand that name it, in UTF-16 units of the given text. */
export const contextReach = 64;

/** Words of a kind that stand before a place. */
interface Mention {
  /** How many units lie between their end and the place. */
  readonly distance: number;
  /** Where they begin, in units of the given text. */
  readonly rawStart: number;
}

/** For each kind, the last of its words before a place. */
export type Context = ReadonlyMap<ContextKind, Mention>;

const noContext: Context = new Map();

/** What words stand before a place. A placeholder hides those before it: else a second pass would find more than the first. */
export function contextBefore(tokens: Tokens, place: number): Context {
  const { text } = tokens;
  const reach = text.startOf(place) - contextReach;
  const last = tokens.before(place);
  let first = last + 1;
  let hasWord = false;
  while (first > 0 && text.startOf(tokens.start(first - 1)) >= reach) {
    if (first <= last && tokens.mayBe(first, wordKinds.afterPlaceholder)) break;
    first -= 1;
    hasWord ||= tokens.mayBe(first, wordKinds.context);
  }
  if (!hasWord || isHidden(tokens, last, place)) return noContext;
  const found = new Map<ContextKind, Mention>();
  for (let token = first, from = 0; token <= last; token += 1) {
    const start = tokens.start(token);
    if (start < from || !isNearWord(tokens, token)) continue;
    pattern.lastIndex = start;
    const match = pattern.exec(text.lower);
    text.reads += 16;
    const end = start + (match?.[0].length ?? 0);
    const kind = match && end <= place ? kinds.find((_, index) => match[index + 1] !== undefined) : undefined;
    if (!kind) continue;
    from = end;
    found.set(kind, { distance: place - end, rawStart: text.startOf(start) });
  }
  return found;
}

/** Whether a phrase may begin with a token, of which the first words may be of no meaning: `mã số thuế`. */
const isNearWord = (tokens: Tokens, token: number) =>
  tokens.mayBe(token, wordKinds.context) ||
  tokens.mayBe(token + 1, wordKinds.context) ||
  tokens.mayBe(token + 2, wordKinds.context);

/** Whether a placeholder stands between the last token and a place that is no token's start. */
function isHidden(tokens: Tokens, last: number, place: number): boolean {
  return tokens.start(last + 1) === place && tokens.mayBe(last + 1, wordKinds.afterPlaceholder);
}

const connector = /^[\s:#=."'()*-]*(?:(?:so|la|is|no|number|code)[\s:#=."'()*-]*)?$/i;

/** Whether words that say that it is no personal data stand right before a place. */
export function isDisclaimed(text: NormalizedText, place: number, context: Context): boolean {
  const distance = context.get('negative')?.distance;
  if (distance === undefined || distance > 12) return false;
  return connector.test(text.slice(place - distance, place));
}

/** How many units behind a number are read, at most. */
export const lookAhead = 10;
const currency = /^[ .]{0,2}(?:vnd|dong|d|usd|eur|dollars?|trieu|ty|nghin|ngan|k|\u20ab|\$|%)(?![a-z0-9])/i;

/** Whether a currency stands behind a place: `15.000.000 đ`. */
export const isAmount = (text: NormalizedText, end: number) =>
  currency.test(text.slice(end, end + lookAhead));
