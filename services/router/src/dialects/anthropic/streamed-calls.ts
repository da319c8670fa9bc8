import type { Delta } from '@weir/contracts/chat/chunk';
import { CallIds } from '../call-ids.ts';
import { maxAnswerItems } from '@weir/contracts/limits';
import { invalid } from '../parse-response.ts';
import { type ArgumentsTotal, StreamedArguments } from '../streamed-arguments.ts';
import { ArgumentsReader } from '../tool-arguments.ts';
import type { WireBlock } from './wire.ts';

interface StreamedCall {
  /** Counts tool calls only, as OpenAI's does; Anthropic's index counts every block. */
  readonly index: number;
  readonly input: unknown;
  /** As far as they were sent. */
  readonly arguments: StreamedArguments;
}

/**
 * The calls of the caller's tools in a streamed answer, as deltas. Searches that the provider makes by itself come in blocks
 * of other types, and their arguments are none of these.
 */
export class StreamedCalls {
  readonly #ids: CallIds;
  readonly #total: ArgumentsTotal = { length: 0, values: 0 };
  readonly #reader = new ArgumentsReader();
  readonly #made: StreamedCall[] = [];
  readonly #byBlock = new Map<number, StreamedCall>();
  #open: StreamedCall | undefined;

  constructor(requestId: string) {
    this.#ids = new CallIds(requestId);
  }

  get count(): number {
    return this.#made.length;
  }

  /** Whether the arguments of all calls are JSON, as far as any have come. */
  get areWhole(): boolean {
    return this.#made.every((call) => call.arguments.text === '' || call.arguments.areWhole);
  }

  get warnings(): readonly string[] {
    return this.#ids.warnings;
  }

  /** A block begins, of whatever type. Hosts that count wrongly use an index again. */
  openBlock(block: number): void {
    this.#byBlock.delete(block);
  }

  begin(block: number, { id, name, input }: Extract<WireBlock, { type: 'tool_use' }>): Delta[] {
    const before = this.close();
    const index = this.#made.length;
    if (index >= maxAnswerItems) throw invalid(`More than ${maxAnswerItems} tool calls`);
    this.#open = { index, input, arguments: new StreamedArguments(this.#total) };
    this.#made.push(this.#open);
    this.#byBlock.set(block, this.#open);
    const call = { index, id: this.#ids.next(id), type: 'function', function: { name, arguments: '' } };
    return [...before, { tool_calls: [call] }];
  }

  addArguments(block: number, json: string): Delta[] {
    const call = this.#byBlock.get(block);
    // An empty object may stand for arguments that are still to come.
    if (call === undefined || json === '' || (call.arguments.text === '' && json.trim() === '{}')) return [];
    return [argumentsOf(call, json)];
  }

  closeBlock(block: number): Delta[] {
    return this.#byBlock.get(block) === this.#open ? this.close() : [];
  }

  /** A call without arguments has no delta that says so, and some hosts send all arguments when the block begins. */
  close(): Delta[] {
    const call = this.#open;
    this.#open = undefined;
    if (call?.arguments.text !== '') return [];
    return [argumentsOf(call, this.#reader.toArguments(call.input))];
  }
}

function argumentsOf(call: StreamedCall, json: string): Delta {
  call.arguments.add(json);
  return { tool_calls: [{ index: call.index, function: { arguments: json } }] };
}
