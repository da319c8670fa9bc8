import type { ChatUsage } from '@weir/contracts/chat/usage';
import { z } from 'zod';
import { type DocumentText, keysOf, readTexts } from '../texts/document-texts.ts';
import { type Place, type Replacement, replaceValues } from '../texts/json-walker.ts';
import type { Chunk } from './chunk-screen.ts';

/** As much of a chunk as the filter has to understand. */
const chunkSchema = z.looseObject({
  id: z.string(),
  choices: z.array(
    z.looseObject({
      index: z.int().nonnegative(),
      delta: z.looseObject({
        tool_calls: z.array(z.looseObject({ index: z.int().nonnegative() })).nullish(),
      }),
      finish_reason: z.string().nullish(),
    }),
  ),
});

export type ParsedChunk = z.output<typeof chunkSchema>;

/** Where in a choice's delta a text comes in pieces: `['content']`, `['tool_calls', 1, 'function', 'arguments']`. */
export interface ChannelAddress {
  readonly choice: number;
  /** A number is the index that a tool call has. */
  readonly path: readonly (string | number)[];
  /** The same as one text. */
  readonly key: string;
}

export interface ChunkText {
  readonly text: DocumentText;
  /** Undefined where the text comes whole. */
  readonly address: ChannelAddress | undefined;
}

export interface StreamChunk {
  readonly json: string;
  /** Not to be asked for texts: they may be those of another chunk, which was the same otherwise. */
  readonly parsed: ParsedChunk;
  readonly texts: readonly ChunkText[];
  /** By the index of the choice. */
  readonly logprobs: ReadonlyMap<number, Place>;
}

export function readChunk(json: string): StreamChunk {
  const parsed = chunkSchema.parse(JSON.parse(json));
  const { texts, logprobs } = readTexts(json, 'chunk');
  const indexOf = (place: number) => parsed.choices[place]?.index ?? place;
  return {
    json,
    parsed,
    texts: texts.map((text) => ({ text, address: addressOf(text, parsed) })),
    logprobs: new Map([...logprobs].map(([place, where]) => [indexOf(place), where])),
  };
}

/** Nested texts that come in pieces. Of those that no contract names, whatever stands in the delta itself does too. */
const pieces = new Set([
  'tool_calls.function.arguments',
  'tool_calls.custom.input',
  'function_call.arguments',
  'audio.transcript',
]);

function addressOf(
  { node, isKey, kind }: DocumentText,
  { choices }: ParsedChunk,
): ChannelAddress | undefined {
  const [root, place, delta, ...path] = keysOf(node);
  const choice = choices[Number(place)];
  if (isKey || root !== 'choices' || delta !== 'delta' || !choice) return undefined;
  const names = path.filter((key) => typeof key === 'string').join('.');
  const comesInPieces = path.length === 1 ? kind !== 'identifier' : pieces.has(names);
  if (!comesInPieces) return undefined;
  const toolCalls = choice.delta.tool_calls;
  const indexed = path.map((key) => (typeof key === 'number' ? (toolCalls?.[key]?.index ?? key) : key));
  return { choice: choice.index, path: indexed, key: JSON.stringify([choice.index, ...indexed]) };
}

/** The delta that a piece of a text is. */
export function deltaOf({ path }: ChannelAddress, text: string): unknown {
  return path.reduceRight<unknown>(
    (inner, key) => (typeof key === 'number' ? [{ index: key, ...(inner as object) }] : { [key]: inner }),
    text,
  );
}

/** A chunk of the same answer for one choice. */
export function chunkOf(
  { parsed }: StreamChunk,
  choice: number,
  delta: unknown,
  finish: string | null = null,
): string {
  return JSON.stringify({
    ...parsed,
    // The chunk that it is made after may be the one that reports it.
    usage: undefined,
    choices: [{ index: choice, delta, finish_reason: finish }],
  });
}

export function usageChunkOf({ parsed }: StreamChunk, usage: ChatUsage): string {
  return JSON.stringify({ ...parsed, choices: [], usage });
}

function hasRole({ parsed }: StreamChunk): boolean {
  return parsed.choices.some(({ delta }) => delta['role']);
}

/** Whether, once its texts are empty, nothing is left in the chunk that anybody could miss. */
function isBare({ parsed }: StreamChunk): boolean {
  if (parsed['usage']) return false;
  return parsed.choices.every(({ delta, finish_reason: finish }) => {
    if (finish) return false;
    return Object.entries(delta).every(([name, value]) => {
      if (name === 'tool_calls')
        return delta.tool_calls?.every((call) => !call['id'] && !nameOf(call)) ?? true;
      return typeof value === 'string' || value === null;
    });
  });
}

function nameOf(call: object): unknown {
  const { function: called, custom } = call as Record<
    'function' | 'custom',
    { name?: unknown } | null | undefined
  >;
  return called?.name ?? custom?.name;
}

/** What goes out of a chunk whose texts are replaced, after `before`: nothing of it, where none of it is left. */
export function withReplacements(
  chunk: StreamChunk,
  bytes: Uint8Array,
  replacements: readonly Replacement[],
  before: readonly string[],
): { chunks: Chunk[]; hasContent: boolean } {
  const now = new Map(replacements.map(({ start, json }) => [start, json]));
  const isSilent = isBare(chunk) && chunk.texts.every(({ text }) => now.get(text.place.start) === '""');
  const isGone = isSilent && chunk.texts.length > 0 && !hasRole(chunk);
  const itself = replacements.length === 0 ? bytes : replaceValues(chunk.json, replacements);
  return { chunks: isGone ? [...before] : [...before, itself], hasContent: !isSilent || before.length > 0 };
}
