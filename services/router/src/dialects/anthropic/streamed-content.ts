import type { Delta } from '@weir/contracts/chat/chunk';
import { maxAnswerItems } from '@weir/contracts/limits';
import { invalid } from '../parse-response.ts';
import { StreamedCalls } from './streamed-calls.ts';
import { StreamedThoughts } from './streamed-thoughts.ts';
import type { WireBlock, WireDelta } from './wire.ts';

/** The blocks of a streamed answer, as deltas. Those that are unknown, or Anthropic's own concern, are none. */
export class StreamedContent {
  readonly #calls: StreamedCalls;
  readonly #thoughts = new StreamedThoughts();
  /** By their indexes, as hosts count. */
  readonly #begun = new Set<number>();
  #blocks = 0;
  #hasLostCall = false;

  constructor(requestId: string) {
    this.#calls = new StreamedCalls(requestId);
  }

  /** How many blocks there are, of whatever type. */
  get blocks(): number {
    return this.#begun.size;
  }

  /** How many calls of the caller's tools there are. */
  get calls(): number {
    return this.#calls.count;
  }

  get areCallsWhole(): boolean {
    return !this.#hasLostCall && this.#calls.areWhole;
  }

  get warnings(): readonly string[] {
    return this.#calls.warnings;
  }

  /** A block begins. */
  begin(index: number, block: WireBlock): Delta[] {
    if (++this.#blocks > maxAnswerItems) throw invalid(`More than ${maxAnswerItems} blocks`);
    this.#begun.add(index);
    this.#calls.openBlock(index);
    switch (block.type) {
      case 'text':
        return textOf(block.text);
      case 'thinking':
        this.#thoughts.open(index, block);
        return this.#thought(index, block.thinking);
      case 'redacted_thinking':
        this.#thoughts.open(index, block);
        return [];
      case 'tool_use':
        return [...this.#wholeThoughts(), ...this.#calls.begin(index, block)];
      case 'other':
        return [];
    }
  }

  /** A piece of a block. */
  add(index: number, delta: WireDelta): Delta[] {
    switch (delta.type) {
      case 'text_delta':
        return textOf(delta.text);
      case 'thinking_delta':
        return this.#thought(index, delta.thinking);
      case 'signature_delta':
        this.#thoughts.addSignature(index, delta.signature ?? '');
        return [];
      case 'input_json_delta':
        this.#hasLostCall ||= !this.#begun.has(index);
        return this.#calls.addArguments(index, delta.partial_json ?? '');
      case 'other':
        return [];
    }
  }

  /** A block has ended. */
  close(index: number): Delta[] {
    return this.#calls.closeBlock(index);
  }

  /** The answer has ended. */
  end(): Delta[] {
    return [...this.#wholeThoughts(), ...this.#calls.close()];
  }

  #thought(index: number, thought: string | null | undefined): Delta[] {
    this.#thoughts.addText(index, thought ?? '');
    return thought ? [{ reasoning_content: thought }] : [];
  }

  #wholeThoughts(): Delta[] {
    const details = this.#thoughts.takeDetails();
    return details.length === 0 ? [] : [{ reasoning_details: details }];
  }
}

function textOf(content: string | null | undefined): Delta[] {
  return content ? [{ content }] : [];
}
