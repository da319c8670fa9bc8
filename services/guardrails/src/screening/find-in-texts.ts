import type { Finding, ScreenedText, SpanCheck } from '../domain/check.ts';
import type { CheckInForce, CheckRunner } from './check-runner.ts';
import { createTurns } from './turns.ts';

interface Search {
  readonly runner: Pick<CheckRunner, 'find' | 'settledLength'>;
  readonly checks: readonly CheckInForce<SpanCheck>[];
  /** Ends it. */
  readonly signal: AbortSignal;
  /** `place` is the text's among all. */
  readonly onFound: (by: CheckInForce<SpanCheck>, findings: readonly Finding[], place: number) => void;
}

/** In UTF-16 units: so much of a text is searched at once. Some that nobody would write take a hundred times as long as others. */
const pieceLength = 4_096;

/**
 * Runs span checks on all of the texts. Others have their turn in between, however long the texts are: what is found in a long one,
 * piece by piece, is what is found in all of it, as in a stream.
 */
export async function findInTexts(texts: readonly ScreenedText[], search: Search): Promise<void> {
  const { checks, onFound, runner, signal } = search;
  const letOthers = createTurns(signal);
  for (const [place, text] of texts.entries()) {
    for (const by of checks) {
      if (text.text.length <= pieceLength) onFound(by, runner.find(by, text), place);
      else
        for (const found of findInPieces(by, text, search)) {
          onFound(by, found, place);
          await letOthers();
        }
    }
    await letOthers();
  }
}

function* findInPieces(
  by: CheckInForce<SpanCheck>,
  { text, ...rest }: ScreenedText,
  { runner }: Search,
): Generator<readonly Finding[]> {
  for (let [from, length] = [0, pieceLength]; from < text.length;) {
    const offset = wholeCharacters(text, Math.max(0, from - by.check.contextLength));
    const end = wholeCharacters(text, from + length);
    const piece = { ...rest, text: text.slice(offset, end) };
    const isLast = end >= text.length;
    const settled = isLast
      ? piece.text.length
      : runner.settledLength(by, piece.text, piece.form, from - offset);
    // Most of it may be one thing: more of it has to be seen at once. It takes linear time all the same.
    const isStuck = !isLast && offset + settled - from < length / 4;
    if (!isStuck) yield within(settled, runner.find(by, piece, from - offset), offset);
    [from, length] = isStuck ? [from, 2 * length] : [offset + settled, pieceLength];
  }
}

/** Those in what is settled, by their places in all of the text. */
function within(settled: number, found: readonly Finding[], offset: number): Finding[] {
  return found.flatMap((finding) => {
    const { span } = finding;
    if (!span) return [finding];
    return span.end > settled
      ? []
      : [{ ...finding, span: { start: span.start + offset, end: span.end + offset } }];
  });
}

/** The place itself, or the one before where it is in the midst of a character. */
function wholeCharacters(text: string, place: number): number {
  return (text.charCodeAt(place - 1) & 0xfc00) === 0xd800 ? place - 1 : place;
}
