import { Fault } from '@weir/service-kit/fault';

/** What Anthropic lets an id consist of. Other hosts write `functions.search:0`, and conversations move between hosts. */
const foreignCharacters = /[^a-zA-Z0-9_-]/g;

/**
 * Pairs tool calls with their results along a conversation. Anthropic wants every call answered in the very next
 * turn, and ids that are unique in the whole conversation; some hosts count from zero in each turn.
 */
export class ToolPairing {
  /** How often an id was asked for, so that a repeated one is told apart without trying every number again. */
  readonly #used = new Map<string, number>();
  /** The calls of the last assistant turn that have no result yet: the caller's id to the one that is sent. */
  readonly #open = new Map<string, string>();
  #openedBy = '';

  /** The id to send for a call. `param` is the message that calls: `messages[1]`. */
  call(id: string, param: string): string {
    if (this.#open.has(id)) {
      throw new Fault('invalid_request', {
        message: 'Two tool calls of a message have the same id.',
        param: `${param}.tool_calls`,
      });
    }
    const sent = this.#unused(id.replace(foreignCharacters, '_') || 'call');
    this.#open.set(id, sent);
    this.#openedBy = param;
    return sent;
  }

  /** The id to send for a result. */
  result(id: string, param: string): string {
    const sent = this.#open.get(id);
    if (sent === undefined) {
      throw new Fault('invalid_request', {
        message: 'A tool message must answer a tool call of the assistant message before it.',
        param: `${param}.tool_call_id`,
      });
    }
    this.#open.delete(id);
    return sent;
  }

  /** Throws where a turn other than a result begins, or the conversation ends, and a call has no result. */
  assertAnswered(): void {
    if (this.#open.size === 0) return;
    throw new Fault('invalid_request', {
      message: 'Each tool call must be answered by a tool message that follows it.',
      param: `${this.#openedBy}.tool_calls`,
    });
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
