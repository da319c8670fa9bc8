import { wordSet } from './word-weights.ts';

/** Those that have coefficients of their own; `other` is judged by the most cautious of them. */
export type Language = 'vi' | 'en' | 'other';

/** Letters that, of the languages written in Latin letters, Vietnamese alone uses or uses most. */
const vietnameseLetters = /[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]/gu;
/** Common syllables that are no English words, for Vietnamese typed without diacritics. */
const plainVietnamese = wordSet(`
  khong duoc nhung cua minh ban nguoi nhu nao cach muon lam tai sao gi bao nhieu giup hoi cho voi thi roi tien hang tren duoi trong
  khoan the dang ky mat khau ngan hoc vay chuyen dien thoai xin chao toi lam sao
`);
const english = wordSet(`
  the is are do does did what how why who where when which can could should would will i my you your a an of to in for with on and or it be
  have has not that this from if there we they was were me at by about
`);

export function guessLanguage(text: string): Language {
  const lower = text.normalize('NFC').toLowerCase();
  const words = lower.match(/\p{L}+/gu) ?? [];
  if (words.length === 0) return 'other';
  if ((lower.match(vietnameseLetters)?.length ?? 0) * 6 >= words.length) return 'vi';
  // Other scripts, and letters that neither of the two has.
  if (/[^\p{Script=Latin}\P{L}]/u.test(lower) || /[äöüßñçøåæœłşğ]/u.test(lower)) return 'other';
  const vietnameseWords = countIn(words, plainVietnamese);
  const englishWords = countIn(words, english);
  if (vietnameseWords > englishWords) return 'vi';
  return englishWords > 0 ? 'en' : 'other';
}

function countIn(words: readonly string[], list: ReadonlySet<string>): number {
  return words.filter((word) => list.has(word)).length;
}
