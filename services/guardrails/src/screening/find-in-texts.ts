import type { YieldTurn } from '@weir/service-kit/event-loop';
import { type Piece, pieceLength, piecesOf } from '../checks/pieces.ts';
import type { Finding, ScreenedText, SpanCheck } from '../domain/check.ts';
import type { CheckInForce, CheckRunner } from './check-runner.ts';

interface Search {
  readonly runner: Pick<CheckRunner, 'find' | 'settledLength'>;
  readonly checks: readonly CheckInForce<SpanCheck>[];
  readonly yieldTurn: YieldTurn;
  /** `place` is the text's among all. */
  readonly onFound: (by: CheckInForce<SpanCheck>, findings: readonly Finding[], place: number) => void;
}

/**
 * Runs span checks on all of the texts. Others have their turn in between, however long the texts are: what is found in a long one,
 * piece by piece, is what is found in all of it, as in a stream.
 */
export async function findInTexts(texts: readonly ScreenedText[], search: Search): Promise<void> {
  const { checks, yieldTurn, onFound, runner } = search;
  for (const [place, text] of texts.entries()) {
    for (const by of checks) {
      if (text.text.length <= pieceLength) onFound(by, runner.find(by, text), place);
      else await findInPieces(by, { text, place }, search);
      await yieldTurn();
    }
  }
}

async function findInPieces(
  by: CheckInForce<SpanCheck>,
  { text: { text, ...rest }, place }: { readonly text: ScreenedText; readonly place: number },
  { yieldTurn, onFound, runner }: Search,
): Promise<void> {
  const { contextLength } = by.check;
  const settledLength = (piece: string, from: number) => runner.settledLength(by, piece, rest.form, from);
  for (const piece of piecesOf(text, { contextLength, settledLength })) {
    if (piece) {
      const found = runner.find(by, { ...rest, text: piece.text }, piece.from);
      onFound(by, inAllOfIt(piece, found), place);
    }
    await yieldTurn();
  }
}

/** Those that count, by their places in all of the text. */
function inAllOfIt({ counts, offset }: Piece, found: readonly Finding[]): Finding[] {
  return found.flatMap((finding) => {
    const { span } = finding;
    if (!span) return [finding];
    return counts(span) ? [{ ...finding, span: { start: span.start + offset, end: span.end + offset } }] : [];
  });
}
