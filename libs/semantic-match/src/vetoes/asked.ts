import type { Reading } from './reading.ts';

/** What kind of answer a question wants. */
export type Asked =
  | 'count'
  | 'duration'
  | 'age'
  | 'distance'
  | 'frequency'
  | 'time'
  | 'place'
  | 'reason'
  | 'person'
  | 'manner'
  | 'thing'
  | 'whether'
  | 'unknown';

const english: readonly (readonly [Asked, RegExp])[] = [
  ['duration', /^how (?:long|much time|many (?:second|minute|hour|day|week|month|year)s?)\b/u],
  ['count', /^how (?:much|many)\b/u],
  ['age', /^(?:how old|what age)\b/u],
  ['distance', /^how (?:far|tall|deep|high|big|large|heavy|wide)\b/u],
  ['frequency', /^how (?:often|frequently)\b/u],
  [
    'reason',
    /^(?:why|how come|what (?:is|are|was|were) (?:the )?(?:main )?(?:reason|cause)s?|what (?:cause|make)[sd]?)\b/u,
  ],
  ['time', /^(?:when|(?:at |in |on )?(?:what|which) (?:time|date|day|year|month))\b/u],
  ['place', /^(?:where|(?:in )?(?:what|which) (?:place|location|country|city))\b/u],
  ['person', /^(?:who|whom|whose)\b/u],
  ['manner', /^how\b/u],
  ['thing', /^(?:what|which)\b/u],
];
const interrogative = /(?<![a-z'])(?:how|why|when|where|who|whom|whose|what|which)(?![a-z'])/u;
const auxiliary =
  /^(?:so |and |but |then )?(?:is|are|am|was|were|do|does|did|can|could|will|would|should|shall|may|might|has|have|had|isn't|aren't|don't|doesn't|can't|won't)\b/u;

const politely =
  /^(?:can|could|would|will|do) (?:you|someone|anyone) (?:please )?(?:explain|tell|show|describe|know|help|say)\b/u;

const vietnamese: readonly (readonly [Asked, RegExp])[] = [
  ['frequency', /bao lau (?:mot|1) lan|may lan/u],
  ['duration', /bao lau|mat may (?:ngay|gio|tuan|thang|phut)|bao nhieu (?:ngay|gio|tuan|thang|nam|phut) /u],
  ['age', /bao nhieu tuoi|may tuoi/u],
  ['distance', /bao xa/u],
  ['time', /khi nao|bao gio|luc nao|may gio|ngay nao|nam nao|thang nao|hoi nao/u],
  ['reason', /tai sao|vi sao|^ sao (?!de )|ly do|li do|nguyen nhan|co gi ma/u],
  ['count', /bao nhieu| may (?!minh)/u],
  ['place', /o dau|cho nao|noi nao|vao dau| dau /u],
  ['manner', /the nao|nhu nao|lam sao|cach nao|kieu gi|bang cach|cach | ra sao/u],
  ['person', / ai /u],
  ['thing', / gi | nao /u],
  ['whether', / (?:khong|ko|k|chua|ha|a|phai khong) (?:$|vay|the|nhi|ban|ad|a |nhe)/u],
];

/** What a text asks for; of several, the first. */
export function askedOf(reading: Reading, language: 'en' | 'vi'): Asked {
  if (language === 'vi') {
    const text = ` ${reading.tokens.map(({ plain }) => plain).join(' ')} `;
    return vietnamese.find(([, pattern]) => pattern.test(text))?.[0] ?? 'unknown';
  }
  const text = reading.tokens.map(({ word }) => word).join(' ');
  if (auxiliary.test(text) && !politely.test(text)) return 'whether';
  const from = text.search(interrogative);
  if (from < 0) return 'unknown';
  const rest = text.slice(from);
  return english.find(([, pattern]) => pattern.test(rest))?.[0] ?? 'unknown';
}

/** One answer does not serve two of these: a time is no place. */
const definite: ReadonlySet<Asked> = new Set([
  'count',
  'duration',
  'age',
  'distance',
  'frequency',
  'time',
  'place',
  'reason',
  'person',
]);
/** Often the same in other words: "how much is it" and "what does it cost", "where can I" and "how can I". */
const alike = new Set([
  'count thing',
  'count whether',
  'place thing',
  'manner place',
  'place whether',
  'person thing',
  'person whether',
  'distance thing',
  'age thing',
  'count manner',
  'frequency manner',
]);

/** Whether what one question asks for cannot answer the other; `sameSubject` where they differ in small words only. */
export function answersDiffer(left: Asked, right: Asked, sameSubject: boolean): boolean {
  if (left === right || left === 'unknown' || right === 'unknown') return false;
  if (definite.has(left) && definite.has(right)) return true;
  return (
    sameSubject && (definite.has(left) || definite.has(right)) && !alike.has([left, right].sort().join(' '))
  );
}
