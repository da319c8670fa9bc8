/** As Unicode's Stream-Safe Text Format breaks them (UAX #15). The longest that any language has in a row are fewer. */
const longRun = /\p{M}{30}(?=\p{M})/gu;
const graphemeJoiner = '\u034f';

/** How far apart a text is looked at, and how much there. In a run that is too long, one look finds marks alone. */
const step = 20;
const lookLength = 10;
const fourMarks = /\p{M}{4}/u;

/** Latin letters, and the ideographs and syllables of East Asia, are no marks, and need no look. */
const mayBeMark = (code: number) =>
  code >= 0x300 && !(code >= 0x3400 && code < 0xa000) && !(code >= 0xac00 && code < 0xd800);

/**
 * A form of Unicode of a text that comes from outside, in time linear in its length. To put marks in a row into their order takes
 * time quadratic in how many they are: 160,000 of them, 320 KB, took 12 seconds. Runs of more than thirty are broken.
 */
export function normalizeText(text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): string {
  const safe = mayHaveLongRun(text) ? text.replaceAll(longRun, `$&${graphemeJoiner}`) : text;
  return safe.normalize(form);
}

/** Costs a twentieth of the search itself. */
function mayHaveLongRun(text: string): boolean {
  for (let at = step; at < text.length; at += step) {
    if (mayBeMark(text.charCodeAt(at)) && fourMarks.test(text.slice(at, at + lookLength))) return true;
  }
  return false;
}
