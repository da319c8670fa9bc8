/** Whether a place in JSON that comes piece by piece is within a string. */
export class JsonPosition {
  isInString = false;
  #isEscaped = false;

  advance(json: string, start: number, end: number): void {
    for (let at = start; at < end; at++) {
      const character = json[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (character === '\\') this.#isEscaped = this.isInString;
      else if (character === '"') this.isInString = !this.isInString;
    }
  }
}
