import type { ToolCallDelta } from '@weir/contracts/chat/chunk';
import type { FinishReason } from '@weir/contracts/chat/completion';
import { maxAnswerItems } from '@weir/contracts/limits';
import { madeUpCallId } from '../call-ids.ts';
import { invalid } from '../parse-response.ts';
import type { ArgumentsTotal } from '../streamed-arguments.ts';
import { ChoiceCalls } from './choice-calls.ts';
import { type CallsMade, withCalls } from './finish-reason.ts';
import { type HostToolCall, isGiven } from './host-forms.ts';
import { nameOf, StreamedToolCall } from './streamed-tool-call.ts';
import { argumentsText, ArgumentsReader, beginsAsObject } from '../tool-arguments.ts';

interface StreamedToolCallsParts {
  readonly requestId: string;
  readonly forcesNamedCall: boolean;
}

/**
 * Which call each piece of a streamed answer belongs to, for hosts that do not say it as OpenAI does, and what a client needs
 * of it. Pieces that say all of it are passed on as they came ({@link fits}, then {@link note}); others are mended.
 */
export class StreamedToolCalls {
  readonly #parts: StreamedToolCallsParts;
  readonly #choices = new Map<number, ChoiceCalls>();
  readonly #total: ArgumentsTotal = { length: 0, values: 0 };
  readonly #reader = new ArgumentsReader();
  #count = 0;
  readonly #callFunctions = new Set<number>();

  constructor(parts: StreamedToolCallsParts) {
    this.#parts = parts;
  }

  /** Whether a client needs nothing else than the pieces of a chunk as they are. */
  fits(choice: number, pieces: readonly ToolCallDelta[]): boolean {
    const calls = this.#callsOf(choice);
    let next = calls.sent;
    const ids = new Set<string>();
    return pieces.every((piece) => {
      const { id, index } = piece;
      const isRepeated = isGiven(id) && ids.has(id);
      if (isGiven(id)) ids.add(id);
      if (index !== next) return calls.at(index)?.fits(piece) === true;
      next++;
      const isNew = !calls.at(index) && !isRepeated && !(isGiven(id) && calls.isSentAs(id));
      return isNew && isCanonicalBegin(piece);
    });
  }

  /** Takes note of a piece that fits. */
  note(choice: number, piece: ToolCallDelta): void {
    const calls = this.#callsOf(choice);
    const call = calls.at(piece.index) ?? this.#begin(piece, calls);
    calls.take(call, piece);
    if (!call.isSent) calls.send(call, piece.id ?? '');
  }

  /** The piece as the client needs it: undefined where nothing of it can be passed on yet. */
  place(choice: number, piece: HostToolCall): ToolCallDelta | undefined {
    const calls = this.#callsOf(choice);
    const call = calls.goneOnBy(piece) ?? this.#begin(piece, calls);
    const taken = calls.take(call, piece);
    if (call.isSent) return call.pieceOf(piece, taken);
    return call.isNamed ? this.#send(call, calls, piece) : undefined;
  }

  /** What the client still needs of the calls of a choice that has ended. */
  finish(choice: number): ToolCallDelta[] {
    const calls = this.#callsOf(choice);
    return calls.all.flatMap((call) => {
      const begins = !call.isSent && call.text !== '' ? [this.#send(call, calls)] : [];
      return [...begins, ...call.close(this.#reader)];
    });
  }

  /** The call that was begun last. */
  last(choice: number): StreamedToolCall | undefined {
    return this.#callsOf(choice).all.at(-1);
  }

  /** Takes note of a call by OpenAI's older field. */
  noteFunctionCall(choice: number): void {
    this.#callFunctions.add(choice);
  }

  made(choice: number): CallsMade {
    return {
      tools: this.#choices.get(choice)?.all.some((call) => call.isSent || call.text !== '') === true,
      functions: this.#callFunctions.has(choice),
      areForced: this.#parts.forcesNamedCall,
    };
  }

  finishReason(choice: number, said: FinishReason): FinishReason {
    return withCalls(said, this.made(choice));
  }

  /** Whether a choice can end with a chunk as it came, and the pieces in it. */
  mayFinish(choice: number, pieces: readonly ToolCallDelta[], said: FinishReason): boolean {
    const made = this.made(choice);
    if (withCalls(said, { ...made, tools: made.tools || pieces.length > 0 }) !== said) return false;
    const calls = this.#callsOf(choice);
    const endsBy = (piece: ToolCallDelta) =>
      isPlain(piece) || beginsAsObject(argumentsText(piece.function?.arguments));
    const endedIndexes = new Set(pieces.filter(endsBy).map(({ index }) => index));
    return (
      calls.all.every((call) => call.isComplete || endedIndexes.has(call.index)) &&
      pieces.every((piece) => endedIndexes.has(piece.index) || calls.at(piece.index)?.isComplete === true)
    );
  }

  /** Whether the arguments of all calls of a choice that has ended are JSON. */
  areWhole(choice: number): boolean {
    return this.#callsOf(choice).all.every((call) => call.isWhole);
  }

  #begin(piece: HostToolCall | ToolCallDelta, calls: ChoiceCalls): StreamedToolCall {
    if (++this.#count > maxAnswerItems) throw invalid(`More than ${maxAnswerItems} tool calls`);
    return calls.begin(new StreamedToolCall(piece, this.#total));
  }

  #send(call: StreamedToolCall, calls: ChoiceCalls, piece?: HostToolCall): ToolCallDelta {
    const { hostId } = call;
    const isOwn = isGiven(hostId) && !calls.isSentAs(hostId);
    return calls.send(call, isOwn ? hostId : madeUpCallId(this.#parts.requestId, calls.sent), piece);
  }

  #callsOf(choice: number): ChoiceCalls {
    const known = this.#choices.get(choice);
    if (known) return known;
    const calls = new ChoiceCalls();
    this.#choices.set(choice, calls);
    return calls;
  }
}

function isCanonicalBegin(piece: ToolCallDelta): boolean {
  if (!isGiven(piece.id) || !isGiven(piece.type)) return false;
  if (isPlain(piece)) return true;
  const json = argumentsText(piece.function?.arguments);
  return isGiven(nameOf(piece)) && (json.trim() === '' || beginsAsObject(json));
}

/** Of a call that is none of a function, whose fields nobody here knows. */
function isPlain({ type, function: called }: ToolCallDelta): boolean {
  return !called && isGiven(type) && type !== 'function';
}
