import type { ChatChunk } from '@weir/contracts/chat/chunk';
import { maxAnswerItems } from '@weir/contracts/limits';
import { Fault } from '@weir/service-kit/fault';
import { isJsonObject, parseExactJson } from '@weir/service-kit/exact-json';
import { invalid } from '../dialects/parse-response.ts';

type Fields = Record<string, unknown>;

/** Makes the `chat.completion` of which a stream's chunks, as JSON written by a dialect, are the pieces. */
export class CompletionAssembler {
  readonly #completion: Fields = {};
  readonly #choices = new Map<number, { message: Fields; rest: Fields }>();
  readonly #places: ItemPlaces = new WeakMap();

  add(chunk: string): void {
    const { choices: pieces, ...head } = parseExactJson(chunk) as ChatChunk;
    for (const [name, value] of said(head)) this.#completion[name] = value;
    for (const { index, delta, ...rest } of pieces) {
      const choice = this.#choices.get(index) ?? { message: {}, rest: {} };
      this.#choices.set(index, choice);
      merge(choice.message, delta, this.#places);
      merge(choice.rest, rest, this.#places);
    }
  }

  /** As JSON. Throws `upstream_empty_answer` where nothing has come. */
  whole(): string {
    if (this.#choices.size === 0) throw new Fault('upstream_empty_answer');
    return JSON.stringify({
      ...this.#completion,
      object: 'chat.completion',
      choices: [...this.#choices].sort(([a], [b]) => a - b).map(([index, choice]) => toChoice(index, choice)),
    });
  }
}

function toChoice(index: number, { message, rest }: { message: Fields; rest: Fields }): Fields {
  const calls = message['tool_calls'];
  return {
    logprobs: null,
    ...rest,
    index,
    message: {
      content: null,
      ...message,
      role: 'assistant',
      ...(Array.isArray(calls) && { tool_calls: calls.map(withoutIndex) }),
    },
  };
}

function withoutIndex(call: Fields): Fields {
  return Object.fromEntries(Object.entries(call).filter(([name]) => name !== 'index'));
}

/** Texts of which there is only one, however often it is said. All others come in pieces. */
const notInPieces: ReadonlySet<string> = new Set(['id', 'type', 'name', 'role', 'format', 'finish_reason']);

/** Lists whose items come in pieces too, which have the item's index. */
const itemsInPieces: ReadonlySet<string> = new Set(['tool_calls', 'reasoning_details']);

/** Of each list whose items come in pieces its items by their indexes: thousands of them may each come in thousands of pieces. */
type ItemPlaces = WeakMap<unknown[], Map<unknown, unknown>>;

/** Adds a piece to what came before it, as OpenAI's clients do: texts and lists grow. */
function merge(into: Fields, piece: Fields, places: ItemPlaces): void {
  for (const [name, value] of said(piece)) {
    into[name] = joined(name, Object.hasOwn(into, name) ? into[name] : undefined, value, places);
  }
}

/** The fields that say something. A field may have any name, and one of them stands for what all objects have in common. */
function said(fields: object): [string, unknown][] {
  return Object.entries(fields).filter(([name, value]) => isSaid(value) && name !== '__proto__');
}

function joined(name: string, before: unknown, value: unknown, places: ItemPlaces): unknown {
  if (typeof value === 'string' && typeof before === 'string') {
    return notInPieces.has(name) ? value : before + value;
  }
  if (Array.isArray(value)) {
    const list: unknown[] = Array.isArray(before) ? before : [];
    if (itemsInPieces.has(name)) addPieces(list, value, places);
    // In place: a stream has thousands of chunks, and each would copy what those before it have said.
    else for (const item of value) list.push(item);
    return list;
  }
  if (isJsonObject(value) && isJsonObject(before)) {
    merge(before, value, places);
    return before;
  }
  return value;
}

function addPieces(list: unknown[], pieces: readonly unknown[], places: ItemPlaces): void {
  const byIndex = places.get(list) ?? new Map(list.map((item) => [indexOf(item), item]));
  places.set(list, byIndex);
  for (const piece of pieces) {
    const index = indexOf(piece);
    const before = index === undefined ? undefined : byIndex.get(index);
    if (isJsonObject(before) && isJsonObject(piece)) merge(before, piece, places);
    else if (index !== undefined && list.length >= maxAnswerItems) throw invalid('A list is too long');
    else {
      list.push(piece);
      byIndex.set(index, piece);
    }
  }
}

const indexOf = (item: unknown) => (isJsonObject(item) ? item['index'] : undefined);

function isSaid(value: unknown): boolean {
  return value !== null && value !== undefined;
}
