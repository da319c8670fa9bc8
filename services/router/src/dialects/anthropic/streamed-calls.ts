import type { Delta } from '@weir/contracts/chat/chunk';
import { CallIds } from '../call-ids.ts';
import type { WireBlock } from './wire.ts';

interface StreamedCall {
  /** Counts tool calls only, as OpenAI's does; Anthropic's index counts every block. */
  readonly index: number;
  readonly input: unknown;
  hasArguments: boolean;
}

/**
 * The calls of the caller's tools in a streamed answer, as deltas. Searches that the provider makes by itself come in blocks
 * of other types, and their arguments are none of these.
 */
export class StreamedCalls {
  readonly #ids: CallIds;
  /** By block. */
  readonly #calls = new Map<number, StreamedCall>();
  #open: StreamedCall | undefined;

  constructor(requestId: string) {
    this.#ids = new CallIds(requestId);
  }

  get count(): number {
    return this.#calls.size;
  }

  /** Whether more of a call's arguments may come. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  get warnings(): readonly string[] {
    return this.#ids.warnings;
  }

  begin(block: number, { id, name, input }: Extract<WireBlock, { type: 'tool_use' }>): Delta[] {
    const before = this.close();
    const index = this.#calls.size;
    this.#open = { index, input, hasArguments: false };
    this.#calls.set(block, this.#open);
    const call = { index, id: this.#ids.next(id), type: 'function', function: { name, arguments: '' } };
    return [...before, { tool_calls: [call] }];
  }

  addArguments(block: number, json: string): Delta[] {
    const call = this.#calls.get(block);
    return call === undefined || json === '' ? [] : [argumentsOf(call, json)];
  }

  /** The block has ended, which may be another than that of a call. */
  closeBlock(block: number): Delta[] {
    return this.#calls.get(block) === this.#open ? this.close() : [];
  }

  /** A call without arguments has no delta that says so, and some hosts send all arguments when the block begins. */
  close(): Delta[] {
    const call = this.#open;
    this.#open = undefined;
    return call === undefined || call.hasArguments
      ? []
      : [argumentsOf(call, JSON.stringify(call.input ?? {}))];
  }
}

function argumentsOf(call: StreamedCall, json: string): Delta {
  call.hasArguments = true;
  return { tool_calls: [{ index: call.index, function: { arguments: json } }] };
}
