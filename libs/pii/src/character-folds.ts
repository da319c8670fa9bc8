/** What one character becomes, and whether it lost marks on the way (`ở` -> `o`). */
interface Fold {
  readonly text: string;
  readonly isMarked: boolean;
}

const ignorable = /^[\p{Cf}\p{Default_Ignorable_Code_Point}]$/u;
const mark = /^[\p{Mn}\p{Me}]$/u;
const marks = /[\p{Mn}\p{Me}]/gu;
const digit = /^\p{Nd}$/u;

/** Letters that look like ASCII's and that NFKC leaves, and the Vietnamese đ, which has no decomposition. */
const lookalikes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ đ: 'd', Đ: 'D', а: 'a', е: 'e', о: 'o', р: 'p', с: 'c', х: 'x', у: 'y', і: 'i', ο: 'o', Ο: 'O' },
    ...{ А: 'A', В: 'B', Е: 'E', К: 'K', М: 'M', Н: 'H', О: 'O', Р: 'P', С: 'C', Т: 'T', Х: 'X', І: 'I' },
    ...{ '\u04cf': 'l', '\u04c0': 'I', '\u2212': '-', '\u3002': '.', '\u00b7': '.', '\u2022': '.' },
  }),
);

/** What a unit of the basic plane becomes where it becomes one unit; 0 where that is not known, or is not so. */
export const quick = new Uint16Array(0x10000);
export const quickMarked = new Uint8Array(0x10000);

const folds = new Map<number, Fold>();
const dropped: Fold = { text: '', isMarked: false };
export const isMark: Fold = { text: '', isMarked: true };

/** A digit's value by its place in its block of ten: Unicode guarantees that such blocks are in order and begin at zero. */
function digitValue(codePoint: number): number {
  let value = 0;
  while (value < 9 && digit.test(String.fromCodePoint(codePoint - value - 1))) value += 1;
  return value;
}

function foldUnit(character: string): string {
  const alike = lookalikes.get(character);
  if (alike !== undefined) return alike;
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < 0x80) return character;
  if (digit.test(character)) return String(digitValue(codePoint));
  if (/^\p{Pd}$/u.test(character)) return '-';
  if (/^\p{Zs}$/u.test(character)) return ' ';
  return codePoint > 0xffff ? '\ufffd' : character;
}

export function foldOf(codePoint: number): Fold {
  const known = folds.get(codePoint);
  if (known) return known;
  const character = String.fromCodePoint(codePoint);
  let fold: Fold;
  if (ignorable.test(character)) fold = dropped;
  else if (mark.test(character)) fold = isMark;
  else {
    const decomposed = character.normalize('NFKD');
    const bare = decomposed.replace(marks, '');
    const isMarked = bare !== decomposed || character === 'đ' || character === 'Đ';
    fold = { text: Array.from(bare, foldUnit).join(''), isMarked };
  }
  // Bounded by Unicode: a text in every script there is would fill it once.
  folds.set(codePoint, fold);
  const isSurrogate = codePoint >= 0xd800 && codePoint < 0xe000;
  if (codePoint < 0x10000 && !isSurrogate && fold.text.length === 1) {
    quick[codePoint] = fold.text.charCodeAt(0);
    quickMarked[codePoint] = Number(fold.isMarked);
  }
  return fold;
}
