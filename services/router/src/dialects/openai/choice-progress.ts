import type { ChunkChoice } from '@weir/contracts/chat/chunk';
import type { FinishReason } from '@weir/contracts/chat/completion';
import { saysSomething } from './host-content.ts';

/** Which choices of a streamed answer have said something, and which have ended. */
export class ChoiceProgress {
  readonly #choices: number;
  readonly #unfinished = new Set<number>();
  readonly #finished = new Map<number, FinishReason>();
  readonly #speaking = new Set<number>();

  /** `choices` is how many the request asks for. */
  constructor(choices: number) {
    this.#choices = choices;
  }

  /** The choices that have said something. */
  get speaking(): ReadonlySet<number> {
    return this.#speaking;
  }

  /** Those that have said something and no reason to end. */
  get unfinished(): ReadonlySet<number> {
    return this.#unfinished;
  }

  /** What each choice that has ended said last of why. */
  get finished(): ReadonlyMap<number, FinishReason> {
    return this.#finished;
  }

  /** Whether nothing is missing. */
  get areAllFinished(): boolean {
    return this.#finished.size >= this.#choices && this.#unfinished.size === 0;
  }

  note({ index, delta, finish_reason: finishReason }: ChunkChoice): void {
    if (!this.#speaking.has(index) && saysSomething(delta)) this.#speaking.add(index);
    if (finishReason) {
      this.#unfinished.delete(index);
      this.#finished.set(index, finishReason);
    } else if (!this.#finished.has(index)) this.#unfinished.add(index);
  }
}
