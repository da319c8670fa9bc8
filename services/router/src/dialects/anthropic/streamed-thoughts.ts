import { type ThinkingBlock, toReasoningDetails } from './reasoning-details.ts';
import type { WireBlock } from './wire.ts';

/**
 * The thoughts of a streamed answer. As `reasoning_content` they stream; as `reasoning_details` they come once they are whole,
 * in one chunk before the first tool call or before the end: OpenAI's SDK for Python joins the pieces of such lists by their
 * index, that for JavaScript keeps the last list, and others put one behind the other. Of a list that comes once, all of them
 * make the same.
 */
export class StreamedThoughts {
  /** By block: those that have not been told yet. */
  readonly #open = new Map<number, ThinkingBlock>();
  #toldCount = 0;

  open(index: number, block: Extract<WireBlock, { type: 'thinking' | 'redacted_thinking' }>): void {
    if (block.type === 'redacted_thinking') this.#open.set(index, { type: block.type, data: block.data });
    else this.#open.set(index, { type: block.type, thinking: '', signature: block.signature ?? '' });
  }

  addText(index: number, text: string): void {
    const block = this.#open.get(index);
    if (block?.type === 'thinking') this.#open.set(index, { ...block, thinking: block.thinking + text });
  }

  addSignature(index: number, piece: string): void {
    const block = this.#open.get(index);
    if (block?.type !== 'thinking') return;
    this.#open.set(index, { ...block, signature: (block.signature ?? '') + piece });
  }

  /** What has come and not been told. */
  takeDetails(): Record<string, unknown>[] {
    const blocks = [...this.#open.values()].filter(
      (block) => block.type === 'redacted_thinking' || block.thinking || block.signature,
    );
    this.#open.clear();
    const details = toReasoningDetails(blocks, this.#toldCount);
    this.#toldCount += blocks.length;
    return details;
  }
}
