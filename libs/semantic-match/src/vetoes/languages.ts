import type { Token } from '../tokens.ts';

/** `other:` and a script where it is none of the Latin one; `unknown` where the words do not tell. */
export type Language = 'en' | 'vi' | 'fr' | 'es' | 'de' | 'unknown' | `other:${string}`;

const words: Readonly<Record<'en' | 'vi' | 'fr' | 'es' | 'de', ReadonlySet<string>>> = {
  en: setOf(
    'the is are am was were does did of and what how why when who which where can could should would i my you your it that this with for from not if will have has there be by best any',
  ),
  vi: setOf(
    'toi minh ban la gi khong nao thi va cho cua duoc lam sao nhu the co o dau bao nhieu khi mot nhung cac voi tu den trong ngoai de muon bi se da dang hay hoac nhe vay oi em anh chi nguoi ngay mua gia tien bang cach tai xin hoi may chua ko dc luc mon len xuong roi nen phai lam muon mua ra vao nguoi uong',
  ),
  fr: setOf(
    'le la les un une des du est sont comment pourquoi quand que qui quel quelle je vous nous mon ma votre dans pour avec et ou sur pas puis peut',
  ),
  es: setOf(
    'el la los las un una de del es son como cómo por qué que quién cuándo cuando dónde donde yo mi su para con y o en puedo hay cuál',
  ),
  de: setOf(
    'der die das ein eine ist sind wie warum wann wer was wo ich mein sie und oder mit für von zu kann nicht den dem welche gibt',
  ),
};

function setOf(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

const vietnameseLetter = /[ăđơưĂĐƠƯạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹĩũẽ]/u;
const scripts =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Script=Cyrillic}|\p{Script=Thai}|\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Devanagari}|\p{Script=Greek}/u;

/** The language that most of a text's small words are of. */
export function languageOf(tokens: readonly Token[]): Language {
  const written = tokens.filter(({ kind }) => kind === 'word');
  const foreign = written.filter(({ word }) => scripts.test(word));
  if (foreign.length * 2 > written.length) return `other:${scriptOf(foreign[0]?.word ?? '')}`;
  const marked = written.filter(({ word }) => vietnameseLetter.test(word)).length;
  if (marked >= 1 && marked * 5 >= written.length) return 'vi';
  const votes = Object.entries(words).map(([language, small]) => ({
    language: language as keyof typeof words,
    count:
      written.filter((token) => small.has(language === 'vi' ? token.plain : token.word)).length +
      (language === 'vi' ? marked : 0),
  }));
  votes.sort((left, right) => right.count - left.count);
  const [best, second] = votes;
  return best === undefined || best.count === 0 || best.count === second?.count ? 'unknown' : best.language;
}

function scriptOf(word: string): string {
  if (/\p{Script=Hangul}/u.test(word)) return 'Hangul';
  if (/\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Han}/u.test(word)) return 'Han';
  if (/\p{Script=Cyrillic}/u.test(word)) return 'Cyrillic';
  if (/\p{Script=Thai}/u.test(word)) return 'Thai';
  if (/\p{Script=Arabic}/u.test(word)) return 'Arabic';
  return 'another';
}
