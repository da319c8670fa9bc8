import { argumentsJsonLimits, maxAnswerBytes } from '@weir/contracts/limits';
import { tryParseBoundedJson } from '@weir/service-kit/bounded-json';
import { responseTooLarge } from '../adapters/response-limit.ts';
import { invalid } from './parse-response.ts';

/** What the arguments of all calls of one streamed answer have brought. */
export interface ArgumentsTotal {
  /** In characters. */
  length: number;
  /** Brackets, commas and colons. */
  values: number;
}

const quote = 0x22;
const backslash = 0x5c;
const isOpening = (code: number) => code === 0x7b || code === 0x5b;
const isClosing = (code: number) => code === 0x7d || code === 0x5d;
const isSeparator = (code: number) => code === 0x2c || code === 0x3a;
const isBlank = (code: number) => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/**
 * The arguments of one call of a streamed answer. Whether they are a whole object is known after each piece, of which there may be
 * any number: each character is looked at once, and the text is parsed once, where its brackets are closed.
 */
export class StreamedArguments {
  readonly #total: ArgumentsTotal;
  #text = '';
  #part: 'before' | 'object' | 'after' | 'no object' = 'before';
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isJson: boolean | undefined;

  constructor(total: ArgumentsTotal) {
    this.#total = total;
  }

  /** All that has come. */
  get text(): string {
    return this.#text;
  }

  /** Whether they are complete, so that more would be too much. */
  get areWhole(): boolean {
    if (this.#part !== 'after') return false;
    return (this.#isJson ??= tryParseBoundedJson(this.#text, argumentsJsonLimits) !== undefined);
  }

  /** Throws a Fault where the arguments of all calls are too much together. */
  add(piece: string): void {
    this.#total.length += piece.length;
    if (this.#total.length > maxAnswerBytes) throw responseTooLarge(maxAnswerBytes);
    this.#text += piece;
    for (let at = 0; at < piece.length && this.#part !== 'no object'; at++) this.#look(piece.charCodeAt(at));
    const { maxValues } = argumentsJsonLimits;
    if (this.#total.values > maxValues) throw invalid(`Arguments of more than ${maxValues} values`);
  }

  /** Other arguments come in the place of these. */
  clear(): void {
    this.#text = '';
    this.#part = 'before';
    this.#isJson = undefined;
  }

  #look(code: number): void {
    if (this.#part === 'object') this.#lookWithin(code);
    else if (!isBlank(code)) {
      const begins = this.#part === 'before' && code === 0x7b;
      this.#part = begins ? 'object' : 'no object';
      this.#depth = 1;
    }
  }

  #lookWithin(code: number): void {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (code === backslash) this.#isEscaped = true;
      else if (code === quote) this.#isInString = false;
    } else if (code === quote) this.#isInString = true;
    else if (isClosing(code)) {
      if (--this.#depth === 0) this.#part = 'after';
    } else if (isOpening(code)) {
      this.#depth++;
      this.#total.values++;
    } else if (isSeparator(code)) this.#total.values++;
  }
}
