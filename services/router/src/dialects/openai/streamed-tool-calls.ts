import type { ToolCallDelta } from '@weir/contracts/chat/chunk';
import type { FinishReason } from '@weir/contracts/chat/completion';
import { madeUpCallId } from '../call-ids.ts';
import { type CallsMade, withCalls } from './finish-reason.ts';
import { type HostToolCall, isGiven } from './host-forms.ts';
import { nameOf, StreamedToolCall } from './streamed-tool-call.ts';
import { argumentsText, beginsAsObject } from '../tool-arguments.ts';

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
  readonly #choices = new Map<number, StreamedToolCall[]>();
  readonly #callFunctions = new Set<number>();

  constructor(parts: StreamedToolCallsParts) {
    this.#parts = parts;
  }

  /** Whether a client needs nothing else than the pieces of a chunk as they are. */
  fits(choice: number, pieces: readonly ToolCallDelta[]): boolean {
    const calls = this.#callsOf(choice);
    let next = sentOf(calls);
    return pieces.every((piece) => {
      if (piece.index !== next) return callAt(piece.index, calls)?.fits(piece) === true;
      next++;
      const others = [...calls, ...pieces.filter((other) => other !== piece)];
      const isNew = !callAt(piece.index, calls) && !others.some(({ id }) => id === piece.id);
      return isNew && isCanonicalBegin(piece);
    });
  }

  /** Takes note of a piece that fits. */
  note(choice: number, piece: ToolCallDelta): void {
    const calls = this.#callsOf(choice);
    const call = callAt(piece.index, calls) ?? begin(piece, calls);
    call.take(piece);
    if (!call.isSent) call.send(sentOf(calls), piece.id ?? '');
  }

  /** The piece as the client needs it: undefined where nothing of it can be passed on yet. */
  place(choice: number, piece: HostToolCall): ToolCallDelta | undefined {
    const calls = this.#callsOf(choice);
    const call = goneOnBy(piece, calls) ?? begin(piece, calls);
    const taken = call.take(piece);
    if (call.isSent) return call.pieceOf(piece, taken);
    return call.isNamed ? this.#send(call, calls, piece) : undefined;
  }

  /** What the client still needs of the calls of a choice that has ended. */
  finish(choice: number): ToolCallDelta[] {
    const calls = this.#callsOf(choice);
    return calls.flatMap((call) => {
      const begins = !call.isSent && call.text !== '' ? [this.#send(call, calls)] : [];
      return [...begins, ...call.close()];
    });
  }

  /** The call that was begun last. */
  last(choice: number): StreamedToolCall | undefined {
    return this.#callsOf(choice).at(-1);
  }

  /** Takes note of a call by OpenAI's older field. */
  noteFunctionCall(choice: number): void {
    this.#callFunctions.add(choice);
  }

  made(choice: number): CallsMade {
    return {
      tools: this.#choices.get(choice)?.some((call) => call.isSent || call.text !== '') === true,
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
    const ended = pieces.filter(
      (piece) => isPlain(piece) || beginsAsObject(argumentsText(piece.function?.arguments)),
    );
    return (
      calls.every((call) => call.isComplete || ended.some(({ index }) => index === call.index)) &&
      pieces.every((piece) => ended.includes(piece) || callAt(piece.index, calls)?.isComplete === true)
    );
  }

  /** Whether the arguments of all calls of a choice that has ended are JSON. */
  areWhole(choice: number): boolean {
    return this.#callsOf(choice).every((call) => call.isWhole);
  }

  #send(call: StreamedToolCall, calls: readonly StreamedToolCall[], piece?: HostToolCall): ToolCallDelta {
    const index = sentOf(calls);
    const isTaken = calls.some((other) => other.isSent && other.id === call.hostId);
    const id = isGiven(call.hostId) && !isTaken ? call.hostId : madeUpCallId(this.#parts.requestId, index);
    return call.send(index, id, piece);
  }

  #callsOf(choice: number): StreamedToolCall[] {
    const known = this.#choices.get(choice);
    if (known) return known;
    const calls: StreamedToolCall[] = [];
    this.#choices.set(choice, calls);
    return calls;
  }
}

function begin(piece: HostToolCall | ToolCallDelta, calls: StreamedToolCall[]): StreamedToolCall {
  const call = new StreamedToolCall(piece);
  calls.push(call);
  return call;
}

/** How many have an index of the client's. */
function sentOf(calls: readonly StreamedToolCall[]): number {
  let count = 0;
  for (const call of calls) if (call.isSent) count++;
  return count;
}

/** The call that was begun last at a host's index. */
function callAt(index: number, calls: readonly StreamedToolCall[]): StreamedToolCall | undefined {
  return calls.findLast(({ hostIndex }) => hostIndex === index);
}

/** The call that a piece goes on: undefined where it begins one. */
function goneOnBy(piece: HostToolCall, calls: readonly StreamedToolCall[]): StreamedToolCall | undefined {
  const { id, index } = piece;
  const hasName = isGiven(nameOf(piece));
  const sameId = isGiven(id) ? calls.findLast(({ hostId }) => hostId === id) : undefined;
  const isThatOne = sameId !== undefined && (index === undefined || !hasName);
  const there = index === undefined ? calls.at(-1) : callAt(index, calls);
  // Some hosts count on with each piece: one that says neither id nor name belongs to the last call.
  const nameless = isGiven(id) || hasName ? undefined : calls.at(-1);
  const call = isThatOne ? sameId : (there ?? nameless);
  return call?.isGoneOnBy(piece) === true ? call : undefined;
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
