/** Which of the choices that a request asks for each of an answer's is, whatever its host counts. */
export class ChoicePlaces {
  readonly #choices: number;
  readonly #places = new Map<number, number>();
  readonly #taken = new Set<number>();
  #free = 0;
  #hasSurplus = false;

  /** `choices` is how many the request asks for. */
  constructor(choices: number) {
    this.#choices = choices;
  }

  /** Whether the answer has choices that nobody has asked for. */
  get hasSurplus(): boolean {
    return this.#hasSurplus;
  }

  /** The place of the choice at a host's index: the same, or one that is free where there is none. Undefined for a surplus one. */
  of(index: number): number | undefined {
    const known = this.#places.get(index);
    if (known !== undefined) return known;
    if (this.#taken.size >= this.#choices) {
      this.#hasSurplus = true;
      return undefined;
    }
    while (this.#taken.has(this.#free)) this.#free++;
    const place = index < this.#choices && !this.#taken.has(index) ? index : this.#free;
    this.#places.set(index, place);
    this.#taken.add(place);
    return place;
  }
}

export const surplusChoicesWarning = 'choices that nobody has asked for were left out of the answer';
