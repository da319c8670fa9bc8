import { parseMeasuredJson } from '@weir/service-kit/bounded-json';
import type { YieldTurn } from '@weir/service-kit/event-loop';
import type { ScreenedText } from '../domain/check.ts';
import type { Placeholders } from '../masking/placeholders.ts';
import type { Edit } from './merge-findings.ts';

interface EditedText {
  readonly text: string;
  readonly form: ScreenedText['form'];
  /** Of JSON that comes in pieces: where the last one ended. It is moved on. */
  readonly position?: JsonPosition;
}

/** The text with placeholders in the places of what was found. JSON stays JSON: outside of its strings they are strings. */
export async function applyEdits(
  { text, form, position = new JsonPosition() }: EditedText,
  edits: readonly Edit[],
  { yieldTurn, placeholders }: { readonly yieldTurn: YieldTurn; readonly placeholders: Placeholders },
): Promise<string> {
  let [result, done] = ['', 0];
  const isJson = form === 'json';
  for (const { start, end, action, rule } of edits) {
    await yieldTurn();
    if (isJson) position.advance(text, done, start);
    const { isInString } = position;
    if (isJson) position.advance(text, start, end);
    const written = text.slice(start, end);
    const value = isJson && isInString ? unescaped(written) : written;
    const placeholder = placeholders.replacementOf({ action, rule, value, form });
    // A span that takes a quote with it leaves the string as open, or as closed, as it was after it.
    const before = isInString || !isJson ? '' : '"';
    const after = !isJson || position.isInString ? '' : '"';
    result += text.slice(done, start) + before + placeholder + after;
    done = end;
  }
  if (isJson) position.advance(text, done, text.length);
  return result + text.slice(done);
}

function unescaped(json: string): string {
  if (!json.includes('\\')) return json;
  try {
    return parseMeasuredJson(`"${json}"`) as string;
  } catch {
    return json;
  }
}

const [quote, backslash] = [0x22, 0x5c];

/** Whether a place in JSON that comes piece by piece is within a string. */
export class JsonPosition {
  isInString = false;
  #isEscaped = false;

  advance(json: string, start: number, end: number): void {
    for (let at = start; at < end; at++) {
      const code = json.charCodeAt(at);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (code === backslash) this.#isEscaped = this.isInString;
      else if (code === quote) this.isInString = !this.isInString;
    }
  }
}
