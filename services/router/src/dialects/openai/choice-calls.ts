import type { ToolCallDelta } from '@weir/contracts/chat/chunk';
import { type HostToolCall, isGiven } from './host-forms.ts';
import { nameOf, type StreamedToolCall } from './streamed-tool-call.ts';

type Piece = HostToolCall | ToolCallDelta;

/** The calls of one choice of a streamed answer. A piece finds its call among any number of them. */
export class ChoiceCalls {
  /** In the order in which they were begun. */
  readonly all: StreamedToolCall[] = [];
  /** The call that was begun last at each of the host's indexes. */
  readonly #byIndex = new Map<number, StreamedToolCall>();
  /** The same by the host's ids. */
  readonly #byHostId = new Map<string, StreamedToolCall>();
  readonly #sentIds = new Set<string>();
  #sent = 0;

  /** How many have an index of the client's. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether the client knows a call by this id. */
  isSentAs(id: string): boolean {
    return this.#sentIds.has(id);
  }

  begin(call: StreamedToolCall): StreamedToolCall {
    this.all.push(call);
    if (call.hostIndex !== undefined) this.#byIndex.set(call.hostIndex, call);
    return call;
  }

  at(index: number): StreamedToolCall | undefined {
    return this.#byIndex.get(index);
  }

  take(call: StreamedToolCall, piece: Piece): ReturnType<StreamedToolCall['take']> {
    const isUnknown = call.hostId === undefined;
    const taken = call.take(piece);
    if (isUnknown && call.hostId !== undefined) this.#byHostId.set(call.hostId, call);
    return taken;
  }

  /** The first piece of a call for the client. */
  send(call: StreamedToolCall, id: string, piece?: Piece): ToolCallDelta {
    this.#sentIds.add(id);
    return call.send(this.#sent++, id, piece);
  }

  /** The call that a piece goes on: undefined where it begins one. */
  goneOnBy(piece: HostToolCall): StreamedToolCall | undefined {
    const { id, index } = piece;
    const hasName = isGiven(nameOf(piece));
    const sameId = isGiven(id) ? this.#byHostId.get(id) : undefined;
    const isThatOne = sameId !== undefined && (index === undefined || !hasName);
    const there = index === undefined ? this.all.at(-1) : this.at(index);
    // Some hosts count on with each piece: one that says neither id nor name belongs to the last call.
    const nameless = isGiven(id) || hasName ? undefined : this.all.at(-1);
    const call = isThatOne ? sameId : (there ?? nameless);
    return call?.isGoneOnBy(piece) === true ? call : undefined;
  }
}
