import type { ScreenedText } from '../domain/check.ts';
import { openPlaceholderStart } from '../masking/placeholder-text.ts';
import type { Placeholders } from '../masking/placeholders.ts';
import { applyEdits, JsonPosition } from '../screening/apply-edits.ts';
import { type AttributedFinding, editsOf } from '../screening/merge-findings.ts';
import type { Screener } from '../screening/screener.ts';

interface ChannelParts {
  readonly path: string;
  readonly form: ScreenedText['form'];
  readonly screener: Screener;
  readonly placeholders: Placeholders;
}

/** A text that nothing settles for so long is passed on all the same, but for its end. */
const maxHeldLength = 4_096;
const keptAtCap = 512;
/** How much is looked at in one go, in characters: some hosts send megabytes in one event. */
const maxComingLength = 64 * 1024;
/** What is held and longer is looked at again when a sixteenth has come: not for each of the characters that may come one by one. */
const shortLength = 256;

/**
 * One text of a streamed answer as it comes in pieces: what no check can find anything else in, however it goes on, goes out.
 * In whatever pieces it comes, what goes out is the same in the end.
 */
export class StreamChannel {
  readonly #parts: ChannelParts;
  readonly #contextLength: number;
  readonly #hasSentenceChecks: boolean;
  readonly #position = new JsonPosition();
  /** The end of what has gone out, as it came: as much of it as checks read before what comes. */
  #context = '';
  #held = '';
  /** What has come since the last look. */
  #coming = '';
  /** How long what is held has to be for another look at it. */
  #nextLength = 0;
  /** Whether something has gone out that was not settled. */
  #isCutShort = false;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
    const { spanChecks, wholeChecks } = parts.screener;
    this.#contextLength = Math.max(0, ...spanChecks.map(({ check }) => check.contextLength));
    this.#hasSentenceChecks = wholeChecks.length > 0;
  }

  get isEmpty(): boolean {
    return this.#held === '' && this.#coming === '';
  }

  push(text: string): void {
    this.#coming += text;
  }

  /** What can go out now; at the text's end, all that is left. Throws what the screener throws. */
  async take(isEnd: boolean): Promise<string> {
    const coming = this.#coming;
    this.#coming = '';
    let taken = '';
    let from = 0;
    for (; coming.length - from > maxComingLength; from += maxComingLength) {
      this.#held += coming.slice(from, from + maxComingLength);
      taken += await this.#takeHeld(false);
    }
    this.#held += coming.slice(from);
    return taken + (await this.#takeHeld(isEnd));
  }

  async #takeHeld(isEnd: boolean): Promise<string> {
    const { screener, placeholders, form, path } = this.#parts;
    if (this.#held === '' || (!isEnd && this.#held.length < this.#nextLength)) return '';
    await screener.yieldTurn();
    // Checks that are asked for what is settled of it, and then for what they find, know that it is the same.
    const text = this.#context + this.#held;
    const [found, length] = this.#findSpans(text, isEnd ? this.#held.length : this.#settledLength(text));
    const left = this.#held.length - length;
    this.#nextLength = left > shortLength ? left + (left >> 4) : 0;
    if (length === 0) return '';
    const piece: ScreenedText = { path, form, role: 'assistant', text: this.#held.slice(0, length) };
    const all = this.#hasSentenceChecks ? await screener.judgeWhole([piece], {}, found) : found;
    const edits = editsOf((await screener.accept(all, [piece])).map(({ finding }) => finding));
    const { yieldTurn } = screener;
    const said = { text: piece.text, form, position: this.#position };
    const edited = await applyEdits(said, edits, { placeholders, yieldTurn });
    this.#context = endOf(this.#context + piece.text, this.#contextLength);
    this.#held = this.#held.slice(length);
    // More may come all the same, where another text has only come in between.
    if (isEnd) this.#isCutShort = true;
    return placeholders.restoreLong(edited, form, yieldTurn);
  }

  #settledLength(text: string): number {
    const { screener, form } = this.#parts;
    const settled =
      Math.min(screener.settledLength(text, form, this.#from), openPlaceholderStart(text)) -
      this.#context.length;
    const isCapped = this.#held.length > maxHeldLength;
    const capped = Math.max(0, settled, isCapped ? this.#held.length - keptAtCap : 0);
    if (capped > settled && isCapped) this.#isCutShort = true;
    const cut = this.#hasSentenceChecks && !isCapped ? lastSentenceEnd(this.#held, capped) : capped;
    return isHighSurrogate(this.#held, cut - 1) ? cut - 1 : cut;
  }

  /** From where on spans are looked for: one that began in what was cut short goes on in what comes. */
  get #from(): number {
    return this.#isCutShort ? 0 : this.#context.length;
  }

  /** What is found in the first `length` units that are held, or in fewer: no span is cut in two that fits in what may be held. */
  #findSpans(all: string, length: number): [AttributedFinding[], number] {
    if (length === 0) return [[], 0];
    const { screener, form, path } = this.#parts;
    const before = this.#context.length;
    const text = { path, form, role: 'assistant', text: all };
    const spans = screener.findSpans(text, this.#from).flatMap(({ by, finding }) => {
      const { start, end } = finding.span ?? { start: before, end: before + 1 };
      // What has gone out already cannot be called back; what belongs to it still can be.
      const span = { start: Math.max(0, start - before), end: end - before };
      return span.end > 0 ? [{ by, finding: { ...finding, span } }] : [];
    });
    let cut = length;
    for (let last = -1; cut !== last;) {
      last = cut;
      for (const { finding } of spans)
        if (finding.span.start < cut && finding.span.end > cut) cut = finding.span.start;
    }
    if (cut > 0 || this.#held.length <= maxHeldLength) {
      return [spans.filter(({ finding }) => finding.span.end <= cut), cut];
    }
    // One span is all that is held: its first part goes out as it would alone, and the rest as what belongs to it.
    return [
      spans
        .filter(({ finding }) => finding.span.start < length)
        .map(({ by, finding }) => {
          const { start, end } = finding.span;
          return { by, finding: { ...finding, span: { start, end: Math.min(end, length) } } };
        }),
      length,
    ];
  }
}

function endOf(text: string, length: number): string {
  const start = Math.max(0, text.length - length);
  return text.slice(isHighSurrogate(text, start - 1) ? start - 1 : start);
}

function isHighSurrogate(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800;
}

/** What ends a sentence, with the quotes and brackets that close after it. */
const sentenceEnd = /[.!?…]["'”’)\]]*\s|[。！？\n]/g;

/** Where the last sentence ends that is whole within the first `length` units; 0 where none is. */
function lastSentenceEnd(text: string, length: number): number {
  let end = 0;
  for (const match of text.slice(0, length).matchAll(sentenceEnd)) end = match.index + match[0].length;
  return end;
}
