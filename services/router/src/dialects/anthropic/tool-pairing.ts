/** What Anthropic lets an id consist of. Other hosts write `functions.search:0`, and conversations move between hosts. */
const foreignCharacters = /[^a-zA-Z0-9_-]/g;

/**
 * Pairs tool calls with their results along a conversation. Anthropic wants every call answered in the very next turn, and
 * ids that are unique in the whole conversation. Some hosts count from zero in each turn, or give two calls one id, or none:
 * calls of one id are answered in their order, and those without one by what answers no other.
 */
export class ToolPairing {
  /** How often an id was asked for, so that a repeated one is told apart without trying every number again. */
  readonly #used = new Map<string, number>();
  /** The calls of the last assistant turn that have no result yet: the ids that are sent, by the caller's. */
  readonly #open = new Map<string, string[]>();

  /** The id to send for a call, and whether the caller's could not tell it apart from others of its turn. */
  call(id: string): { sent: string; isAmbiguous: boolean } {
    const sent = this.#unused(id.replace(foreignCharacters, '_') || 'call');
    const same = this.#open.get(id);
    if (same) same.push(sent);
    else this.#open.set(id, [sent]);
    return { sent, isAmbiguous: id === '' || same !== undefined };
  }

  /** The id to send for a result; undefined where it answers no call of the turn before it. */
  result(id: string): string | undefined {
    const key = this.#callerIdOf(id);
    const calls = key === undefined ? undefined : this.#open.get(key);
    const sent = calls?.shift();
    if (key !== undefined && calls?.length === 0) this.#open.delete(key);
    return sent;
  }

  /** Of the calls that have no result, where a turn other than a result begins, or the conversation ends. */
  takeUnanswered(): string[] {
    const unanswered = [...this.#open.values()].flat();
    this.#open.clear();
    return unanswered;
  }

  #callerIdOf(id: string): string | undefined {
    if (this.#open.has(id)) return id;
    const [first] = this.#open.keys();
    if (id === '') return first;
    return this.#open.has('') ? '' : undefined;
  }

  #unused(id: string): string {
    let candidate = id;
    let count = this.#used.get(id) ?? 0;
    while (this.#used.has(candidate)) candidate = `${id}_${++count}`;
    this.#used.set(id, count);
    this.#used.set(candidate, 0);
    return candidate;
  }
}
