import { argumentsJsonLimits } from '@weir/contracts/limits';
import { JsonMeter } from '@weir/service-kit/json-meter';
import { tryParseExactJson } from '@weir/service-kit/exact-json';

/** How hosts write arguments that there are none of; PHP writes an empty object as a list. */
const nothing: ReadonlySet<string> = new Set(['', 'null', 'None', '[]']);

/** Reads the arguments of all tool calls of one answer, or of one request, which may hold only so much together. */
export class ArgumentsReader {
  readonly #meter = new JsonMeter(argumentsJsonLimits);

  /** Undefined for what is no JSON. Throws as `measure` does. */
  read(text: string): unknown {
    this.measure(text);
    return tryParseExactJson(text);
  }

  /** Takes note of what goes on as it is. Throws a `JsonLimitError` where all that was read is too much. */
  measure(text: string): void {
    this.#meter.measure(text);
    this.#meter.endText();
  }

  /**
   * A tool call's arguments as a client can use them: an object, as JSON. `{}` stands for arguments that a host leaves out, and
   * JSON in a JSON text is taken out of it. Anything else is what the model wrote and stays, valid or not. Throws as `read` does.
   */
  mend(text: string): string {
    const trimmed = text.trim();
    if (nothing.has(trimmed)) return '{}';
    if (!trimmed.startsWith('"')) {
      this.measure(text);
      return text;
    }
    const inner = this.read(trimmed);
    if (typeof inner !== 'string') return text;
    const mended = this.mend(inner);
    return beginsAsObject(mended) && tryParseExactJson(mended) !== undefined ? mended : text;
  }

  /** The arguments of a call of another protocol, which are an object, and which some hosts write as text. */
  toArguments(input: unknown): string {
    return this.mend(argumentsText(input));
  }
}

/** Whether arguments, or their first piece, can be passed on as they are. */
export function beginsAsObject(text: string): boolean {
  return text.trimStart().startsWith('{');
}

/** Some hosts send the object that OpenAI sends as text. */
export function argumentsText(said: unknown): string {
  if (said === null || said === undefined) return '';
  return typeof said === 'string' ? said : JSON.stringify(said);
}
