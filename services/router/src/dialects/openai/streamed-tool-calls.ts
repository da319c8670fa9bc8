import type { ToolCallDelta } from '@weir/contracts/chat/chunk';
import { type HostToolCall, isGiven } from './host-forms.ts';

/** The calls of one choice. */
interface Calls {
  /** The indexes that have begun. */
  readonly begun: Set<number>;
  /** The call that came last, which a piece without a name of its own goes on. */
  index: number;
  id?: string | undefined;
}

/** Which call each piece of a streamed answer belongs to, for hosts that do not say it as OpenAI does. */
export class StreamedToolCalls {
  readonly #requestId: string;
  readonly #choices = new Map<number, Calls>();

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  /** Whether a piece says all that a client needs: an id, unless its call has begun. */
  isComplete(choice: number, { index, id }: ToolCallDelta): boolean {
    return isGiven(id) || this.#callsOf(choice).begun.has(index);
  }

  /** Takes note of a piece that is passed on. */
  note(choice: number, { index, id }: ToolCallDelta): void {
    if (isGiven(id)) begin(this.#callsOf(choice), index, id);
  }

  /** The index of a host's piece, and the id, which only a call's first piece has: made up where the host gives none. */
  place(choice: number, piece: HostToolCall): { index: number; id: string | undefined } {
    const calls = this.#callsOf(choice);
    const index = piece.index ?? indexOf(piece, calls);
    if (calls.begun.has(index)) return { index, id: undefined };
    const id = isGiven(piece.id) ? piece.id : `call_${this.#requestId}_${index}`;
    begin(calls, index, id);
    return { index, id };
  }

  #callsOf(choice: number): Calls {
    const known = this.#choices.get(choice);
    if (known) return known;
    const calls: Calls = { begun: new Set(), index: 0 };
    this.#choices.set(choice, calls);
    return calls;
  }
}

function begin(calls: Calls, index: number, id: string): void {
  calls.begun.add(index);
  calls.index = index;
  calls.id = id;
}

/** A new id, or a name, is a new call; anything else is more of the last one. */
function indexOf({ id, function: called }: HostToolCall, calls: Calls): number {
  const isNew = isGiven(id) ? id !== calls.id : isGiven(called?.name);
  return isNew ? calls.begun.size : calls.index;
}
