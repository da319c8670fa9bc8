/** The ids of an answer's tool calls as the client gets them: one each, though hosts leave them out or repeat them. */
export class CallIds {
  #hasRepeated = false;
  readonly #requestId: string;
  readonly #given = new Set<string>();

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  get warnings(): readonly string[] {
    return this.#hasRepeated ? ['two tool calls had the same id: one has a new one'] : [];
  }

  /** The id of the next call, which is the provider's own where that can be told from those before it. */
  next(id: string | null | undefined): string {
    const isRepeated = Boolean(id) && this.#given.has(id ?? '');
    this.#hasRepeated ||= isRepeated;
    const given = id && !isRepeated ? id : madeUpCallId(this.#requestId, this.#given.size);
    this.#given.add(given);
    return given;
  }
}

/** The id of a call that has none of its own, by its position among the calls of its choice. */
export function madeUpCallId(requestId: string, position: number): string {
  return `call_${requestId}_${position}`;
}
