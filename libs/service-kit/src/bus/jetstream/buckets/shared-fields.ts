/** How many different values are remembered. Where there are more, they are not shared for ever, and nothing else is lost. */
const maxRemembered = 10_000;

/** Keeps what many values of a bucket have in common once: a hundred thousand keys with the same policy hold one policy. */
export class SharedFields {
  readonly #fields: readonly string[];
  /** By its JSON. */
  readonly #known = new Map<string, unknown>();

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  /** Puts in the place of each field what was equal to it before. The value must be its caller's own. */
  share(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const field of this.#fields) {
      const own: unknown = Reflect.get(value, field);
      if (own !== undefined) Reflect.set(value, field, this.#shared(own));
    }
  }

  #shared(own: unknown): unknown {
    const json = JSON.stringify(own);
    const known = this.#known.get(json);
    if (known !== undefined) return known;
    if (this.#known.size >= maxRemembered) this.#known.clear();
    this.#known.set(json, own);
    return own;
  }
}
