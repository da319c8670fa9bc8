import type { ToolCallDelta } from '@weir/contracts/chat/chunk';
import { type HostToolCall, isGiven } from './host-forms.ts';
import { type ArgumentsTotal, StreamedArguments } from '../streamed-arguments.ts';
import { argumentsText, type ArgumentsReader, beginsAsObject } from '../tool-arguments.ts';

type Piece = HostToolCall | ToolCallDelta;

/** Of `{}`, with white space around it. */
const maxEmptyLength = 8;

/** One call of a streamed answer: what has come of it, and what of that the client has. */
export class StreamedToolCall {
  /** As the host counts. */
  readonly hostIndex: number | undefined;
  /** As the client counts: below 0 until it has been told of the call. */
  index = -1;
  id: string | undefined;
  hostId: string | undefined;
  /** Whether it began with `{}`, in the place of which its arguments came. */
  hasNewArguments = false;
  /** As the host has sent them. */
  readonly #given: StreamedArguments;
  #name = '';
  #unsent = '';
  /** Arguments that do not begin as an object are held back to the end, where they can be mended as a whole. */
  #arguments: 'none yet' | 'passed on' | 'held' = 'none yet';
  #isFunction: boolean;
  #isClosed = false;

  constructor({ index, function: called, type, custom }: Piece, total: ArgumentsTotal) {
    this.#given = new StreamedArguments(total);
    this.hostIndex = index;
    this.#isFunction = Boolean(called) || type === 'function' || (!isGiven(type) && !custom);
  }

  /** Its arguments so far, as the host has sent them. */
  get text(): string {
    return this.#given.text;
  }

  get isSent(): boolean {
    return this.index >= 0;
  }

  /** Whether the client can be told of it. A call of another kind than a function needs no name. */
  get isNamed(): boolean {
    return this.#name !== '' || !this.#isFunction;
  }

  /** Whether the client needs nothing else at its end. */
  get isComplete(): boolean {
    return this.#isClosed || !this.#isFunction || (this.isSent && this.#arguments === 'passed on');
  }

  get isWhole(): boolean {
    return !this.#isFunction || (this.isNamed && (this.text.trim() === '' || this.#given.areWhole));
  }

  get #isEmptyObject(): boolean {
    // Reading a text that has been added to costs its length.
    return this.text.length < maxEmptyLength && this.text.trim() === '{}';
  }

  /** Whether a piece at its index, which is no other call's first, can be passed on as it is. */
  fits({ index, id, function: called }: ToolCallDelta): boolean {
    const json = argumentsText(called?.arguments);
    const isPassedOn = this.#arguments === 'passed on' || json.trim() === '' || beginsAsObject(json);
    return (
      this.index === index &&
      !isGiven(id) &&
      !isGiven(called?.name) &&
      !this.#isRepeatedBy(json) &&
      (!this.#isFunction || (this.#arguments !== 'held' && isPassedOn))
    );
  }

  /** Whether a piece at its index, or without one, is more of it. It is another call's where id and name are new. */
  isGoneOnBy(piece: HostToolCall): boolean {
    const { id } = piece;
    const name = nameOf(piece);
    const json = argumentsText(piece.function?.arguments);
    if (isGiven(id) && isGiven(this.hostId) && id !== this.hostId) {
      // Some hosts make an id up for each piece; a name they say once.
      return !isGiven(name) && !this.#given.areWhole;
    }
    if (!isGiven(name) || this.#name === '') return true;
    if (isGiven(id) && id === this.hostId) {
      // Said again whole it is the same call, with other arguments it is another by the same id.
      return json.trim() === '' || json === this.text || this.#isEmptyObject || !this.#given.areWhole;
    }
    if (name === this.#name) return !this.#given.areWhole;
    // A name in pieces: they come before the arguments.
    return isGiven(this.hostId) && this.text === '' && json === '';
  }

  /** Takes note of a piece. Returns what of it may be passed on: the arguments, and the name where it is new. */
  take(piece: Piece): { readonly json: string; readonly name: string | undefined } {
    const said = nameOf(piece);
    const name = isGiven(said) && said !== this.#name ? said : undefined;
    if (isGiven(piece.id)) this.hostId ??= piece.id;
    const json = argumentsText(piece.function?.arguments);
    const isRepeated = this.isSent && this.#isRepeatedBy(json);
    this.#name += name ?? '';
    const passed = isRepeated ? '' : this.#takeArguments(json);
    if (!this.isSent) this.#unsent += passed;
    return { json: passed, name };
  }

  /** The first piece for the client, with all that has come. */
  send(index: number, id: string, piece?: Piece): ToolCallDelta {
    this.index = index;
    this.id = id;
    const { function: given, ...rest } = piece ?? {};
    if (!this.#isFunction) return { ...rest, index, id };
    const type = isGiven(piece?.type) ? piece.type : 'function';
    const called = { ...given, name: this.#name, arguments: this.#unsent };
    return { ...rest, index, id, type, function: called };
  }

  /** A later piece for the client: undefined where it says nothing new. */
  pieceOf(
    piece: HostToolCall,
    { json, name }: ReturnType<StreamedToolCall['take']>,
  ): ToolCallDelta | undefined {
    const { function: called, ...rest } = piece;
    if (!this.#isFunction) return { ...rest, index: this.index, id: undefined };
    if (json === '' && name === undefined) return undefined;
    return { ...rest, index: this.index, id: undefined, function: { ...called, name, arguments: json } };
  }

  /** Some hosts end with all arguments once more. */
  #isRepeatedBy(json: string): boolean {
    return json === this.text && this.#given.areWhole;
  }

  #takeArguments(json: string): string {
    if (this.text === '' && json === 'null') return '';
    if (this.#isEmptyObject && beginsAsObject(json)) {
      this.hasNewArguments = true;
      this.#given.clear();
    }
    this.#given.add(json);
    if (this.#arguments === 'none yet' && json.trim() !== '') {
      this.#arguments = beginsAsObject(json) ? 'passed on' : 'held';
    }
    return this.#arguments === 'held' ? '' : json;
  }

  /** What the client still needs of it. */
  close(reader: ArgumentsReader): ToolCallDelta[] {
    const left = this.isComplete || !this.isSent ? '' : reader.mend(this.text);
    this.#isClosed = true;
    return left === '' ? [] : [{ index: this.index, function: { arguments: left } }];
  }
}

/** What a piece says of the tool's name. */
export function nameOf(piece: Piece): string | undefined {
  const name = piece.function?.name ?? customNameOf(piece['custom']);
  return typeof name === 'string' ? name : undefined;
}

function customNameOf(custom: unknown): unknown {
  return typeof custom === 'object' && custom !== null && 'name' in custom ? custom.name : undefined;
}
