import { type ChatChunk, chatChunkSchema, type ChunkChoice, type Delta } from '@weir/contracts/chat/chunk';
import { arrayOf } from '@weir/contracts/collections';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { isSaid, type Keepable, keepable, messageProblem } from './keepable.ts';

type Fields = Record<string, unknown>;

interface ChoiceParts {
  readonly message: Fields;
  /** Beside the message: its reason to end, and what hosts add. */
  readonly rest: Fields;
  readonly logprobs: Record<string, unknown[]>;
}

/** Of a chunk, and not of the answer: what it is, padding, and what Weir adds. */
const ofOneChunk = new Set(['object', 'obfuscation', 'weir']);

const chunksSchema = arrayOf(chatChunkSchema).min(1);

/** Puts a stream's chunks together to the answer that would have come whole. What cannot be put together is not kept. */
export function assemble(chunks: readonly unknown[], usage: UsageRecord): Keepable {
  const parsed = chunksSchema.safeParse(chunks);
  if (!parsed.success) return { reason: 'malformed' };
  const deltas = parsed.data.flatMap(({ choices }) => choices.map(({ delta }) => delta));
  const reason = deltas.map(messageProblem).find((problem) => problem !== undefined);
  if (reason) return { reason };
  const assembly = new Assembly();
  if (!parsed.data.every((chunk) => assembly.add(chunk))) return { reason: 'unknown_field' };
  // A choice that no chunk has ended has no reason to end.
  if (assembly.isUnfinished) return { reason: 'unfinished' };
  return keepable(assembly.completion(), usage);
}

class Assembly {
  readonly #head: Fields = {};
  readonly #choices = new Map<number, ChoiceParts>();

  get isUnfinished(): boolean {
    const choices = [...this.#choices.values()];
    return choices.length === 0 || choices.some(({ rest }) => rest['finish_reason'] === undefined);
  }

  /** Whether nothing of it is lost. */
  add({ id, created, model, choices, ...rest }: ChatChunk): boolean {
    // Hosts that count up or rename in the middle still speak of one answer.
    for (const [name, value] of Object.entries({ id, created, model })) this.#head[name] ??= value;
    const said = Object.fromEntries(Object.entries(rest).filter(([name]) => !ofOneChunk.has(name)));
    return setOnce(this.#head, said) && choices.every((choice) => this.#addChoice(choice));
  }

  completion(): Fields {
    const choices = [...this.#choices].sort(([a], [b]) => a - b);
    return {
      ...this.#head,
      object: 'chat.completion',
      choices: choices.map(([index, { message, rest, logprobs }]) => ({
        ...rest,
        index,
        message: { ...message, role: 'assistant' },
        logprobs: Object.keys(logprobs).length > 0 ? logprobs : null,
      })),
    };
  }

  #addChoice({ index, delta, logprobs, ...rest }: ChunkChoice): boolean {
    const parts = this.#choices.get(index) ?? { message: {}, rest: {}, logprobs: {} };
    this.#choices.set(index, parts);
    for (const [name, value] of Object.entries(logprobs ?? {}))
      if (Array.isArray(value)) append((parts.logprobs[name] ??= []), value);
      else if (isSaid(value)) return false;
    addDelta(parts.message, delta);
    return setOnce(parts.rest, rest);
  }
}

function addDelta(message: Fields, { content, reasoning_content: reasoning, annotations }: Delta): void {
  const added = { content, reasoning_content: reasoning };
  for (const [name, piece] of Object.entries(added))
    if (piece) message[name] = ((message[name] as string | undefined) ?? '') + piece;
  if (Array.isArray(annotations)) append((message['annotations'] ??= []) as unknown[], annotations);
}

/** In place: a stream has thousands of chunks, and each would copy what those before it have said. */
function append(list: unknown[], more: readonly unknown[]): void {
  for (const item of more) list.push(item);
}

/** Whether all that is said was not said otherwise before. */
function setOnce(into: Fields, said: Fields): boolean {
  return Object.entries(said).every(([name, value]) => {
    if (!isSaid(value)) return true;
    const before = into[name];
    into[name] = value;
    // Usage may be counted up as the stream goes on; the last is the whole.
    return name === 'usage' || before === undefined || JSON.stringify(before) === JSON.stringify(value);
  });
}
