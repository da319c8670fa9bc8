/** Unicode's stream-safe text has no more non-spacing marks in a row; no language puts more than a few on a letter. */
const maxMarks = 30;
/** Halfwidth katakana's two sound marks are letters by their category, and become marks. */
const mark = '[\\p{M}\\uff9e\\uff9f]';
const tooMany = new RegExp(`${mark}{${maxMarks + 1}}`, 'u');
const surplus = new RegExp(`(${mark}{${maxMarks}})${mark}+`, 'gu');
/**
 * Whether `String.normalize` takes time that is linear in the text's length: it puts the marks on a letter in order, each by going
 * back over all before it, and 64 KB of them take it eight seconds.
 */
export function isQuicklyNormalised(text: string): boolean {
  let row = 0;
  for (let at = 0; at < text.length; at++) {
    row = mayBeMark(text.charCodeAt(at)) ? row + 1 : 0;
    // Which of them are marks is asked where there are as many: that takes twenty times as long.
    if (row > maxMarks) return !tooMany.test(text);
  }
  return true;
}

/** No Latin letter is, nor any ideograph or syllable of Korean. */
const mayBeMark = (code: number) =>
  code >= 0x300 && !(code >= 0x3100 && code < 0xa000) && !(code >= 0xac00 && code < 0xd800);

/** A text in a normal form of Unicode, in linear time. Of more than thirty marks in a row the rest is dropped. */
export function normalised(text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): string {
  return (isQuicklyNormalised(text) ? text : text.replace(surplus, '$1')).normalize(form);
}
