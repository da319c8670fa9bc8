import { maxAnswerBytes, maxAnswerItems } from '@weir/contracts/limits';
import { responseTooLarge } from '../../adapters/response-limit.ts';
import { invalid } from '../parse-response.ts';
import { type ThinkingBlock, toReasoningDetails } from './reasoning-details.ts';
import type { WireBlock } from './wire.ts';

/**
 * The thoughts of a streamed answer. As `reasoning_content` they stream; as `reasoning_details` they come once they are whole,
 * in one chunk before the first tool call or before the end: OpenAI's SDK for Python joins the pieces of such lists by their
 * index, that for JavaScript keeps the last list, and others put one behind the other. Of a list that comes once, all of them
 * make the same.
 */
export class StreamedThoughts {
  /** Those that have not been told yet, in the order in which they came. */
  #blocks: ThinkingBlock[] = [];
  /** Where each of them is, by the index of its block: hosts that count wrongly use one again. */
  readonly #positions = new Map<number, number>();
  #toldCount = 0;
  #length = 0;

  open(index: number, block: Extract<WireBlock, { type: 'thinking' | 'redacted_thinking' }>): void {
    if (block.type === 'redacted_thinking') this.#add(index, { type: block.type, data: block.data ?? '' });
    else this.#add(index, { type: block.type, thinking: '', signature: block.signature ?? '' });
  }

  addText(index: number, text: string): void {
    this.#take(text);
    const block = this.#at(index);
    if (block) this.#put(index, { ...block, thinking: block.thinking + text });
  }

  addSignature(index: number, piece: string): void {
    this.#take(piece);
    const block = this.#at(index);
    if (block) this.#put(index, { ...block, signature: (block.signature ?? '') + piece });
  }

  /** What has come and not been told. */
  takeDetails(): Record<string, unknown>[] {
    const blocks = this.#blocks.filter((block) =>
      block.type === 'redacted_thinking' ? block.data : block.thinking || block.signature,
    );
    this.#blocks = [];
    this.#positions.clear();
    const details = toReasoningDetails(blocks, this.#toldCount);
    this.#toldCount += blocks.length;
    return details;
  }

  /** They are told once more as a whole, in one chunk. */
  #take({ length }: string): void {
    this.#length += length;
    if (this.#length > maxAnswerBytes) throw responseTooLarge(maxAnswerBytes);
  }

  /** The thought at an index: one that nobody has announced begins with its first piece. */
  #at(index: number): Extract<ThinkingBlock, { type: 'thinking' }> | undefined {
    if (!this.#positions.has(index)) this.#add(index, { type: 'thinking', thinking: '' });
    const block = this.#blocks[this.#positions.get(index) ?? -1];
    return block?.type === 'thinking' ? block : undefined;
  }

  #add(index: number, block: ThinkingBlock): void {
    if (this.#blocks.length >= maxAnswerItems) throw invalid(`More than ${maxAnswerItems} thoughts`);
    this.#positions.set(index, this.#blocks.push(block) - 1);
  }

  #put(index: number, block: ThinkingBlock): void {
    const position = this.#positions.get(index);
    if (position !== undefined) this.#blocks[position] = block;
  }
}
