import type { SpanCheck } from '../domain/check.ts';

/** In UTF-16 units: so much of a text is searched at once. Some that nobody would write take a hundred times as long as others. */
export const pieceLength = 4_096;
/** The longest thing that is found has room in it, which is a private key of 8,192 units. What never settles is cut. */
const maxPieceLength = 10_240;

/** A part of a text, with what has to be read before it. */
export interface Piece {
  readonly text: string;
  /** Where it begins in all of the text. */
  readonly offset: number;
  /** From where on, in the piece, things are looked for. */
  readonly from: number;
  /** Whether what is found at a stretch of the piece counts: what does not is found again in the next piece. */
  readonly counts: (span: { readonly start: number; readonly end: number }) => boolean;
}

type Settling = Pick<SpanCheck, 'contextLength'> & {
  readonly settledLength: (text: string, from: number) => number;
};

/**
 * The pieces of a long text in which is found, one after the other, what would be found in all of it, as in a stream. Undefined
 * stands for work that has come to nothing yet. Where nothing settles for long, which no text does that anybody would write,
 * what begins in the first half of the piece is found as far as the piece goes.
 */
export function* piecesOf(
  text: string,
  { contextLength, settledLength }: Settling,
): Generator<Piece | undefined, void> {
  let [from, length] = [0, pieceLength];
  while (from < text.length) {
    const offset = wholeCharacters(text, Math.max(0, from - contextLength));
    const end = wholeCharacters(text, from + length);
    const piece = text.slice(offset, end);
    const isLast = end >= text.length;
    const settled = isLast ? piece.length : settledLength(piece, from - offset);
    const isStuck = !isLast && offset + settled - from < length / 4;
    if (isStuck && length < maxPieceLength) {
      length = Math.min(length + pieceLength, maxPieceLength);
      yield undefined;
      continue;
    }
    if (isStuck) yield undefined;
    const until = isStuck ? wholeCharacters(text, from + length / 2) - offset : settled;
    const counts: Piece['counts'] = ({ start, end: last }) => (isStuck ? start < until : last <= until);
    yield { text: piece, offset, from: from - offset, counts };
    from = offset + until;
    if (!isStuck) length = pieceLength;
  }
}

/** The place itself, or the one before where it is in the midst of a character. */
function wholeCharacters(text: string, place: number): number {
  return (text.charCodeAt(place - 1) & 0xfc00) === 0xd800 ? place - 1 : place;
}
