/** How long an introduction is before which an answer is given again, in characters. */
const longestIntroduction = 256;

/** Tells whether a text comes again after a few words of introduction, however it is cut into pieces. */
export class IntroducedText {
  readonly #wanted: string;
  /** How much has come. */
  #length = 0;
  /** The places at which all that has come since is its beginning. */
  #places: readonly number[] = [];

  constructor(wanted: string) {
    this.#wanted = wanted;
  }

  /** Whether it may still come. */
  get mayCome(): boolean {
    return this.#length <= longestIntroduction || this.#places.length > 0;
  }

  /** The next piece. Returns whether the text is there now. */
  add(piece: string): boolean {
    const wanted = this.#wanted;
    const begun = this.#length;
    this.#length += piece.length;
    const places = [...this.#places];
    const last = Math.min(longestIntroduction, this.#length - 1);
    for (let place = begun; place <= last; place++) places.push(place);
    this.#places = places.filter((place) => {
      const [from, at] = [Math.max(0, place - begun), Math.max(0, begun - place)];
      return wanted.startsWith(piece.slice(from, from + wanted.length - at), at);
    });
    const [first] = this.#places;
    return first !== undefined && this.#length - first >= wanted.length;
  }
}
