import { estimateText } from './estimate-text.ts';

/** So many characters are estimated at once: a text that is estimated piece by piece would come to more tokens than it is. */
const estimatedLength = 4_096;

/** About how many tokens a text is that comes in pieces. It keeps no more than the end of it. */
export class TokenEstimate {
  #tokens = 0;
  #recent = '';

  get tokens(): number {
    return this.#tokens + (this.#recent === '' ? 0 : estimateText(this.#recent));
  }

  add(piece: string): void {
    this.#recent += piece;
    if (this.#recent.length < estimatedLength) return;
    this.#tokens += estimateText(this.#recent);
    this.#recent = '';
  }
}
