import type { ChatUsage } from '@weir/contracts/chat/usage';
import { arrayOf } from '@weir/contracts/collections';
import { parseMeasuredJson } from '@weir/service-kit/bounded-json';
import { z } from 'zod';
import { type DocumentText, keysOf } from '../texts/document-text.ts';
import { readShortTexts } from '../texts/document-texts.ts';
import { type Place, type Replacement, replaceValues } from '../texts/json-walker.ts';
import type { Chunk } from './chunk-screen.ts';

/** As much of a chunk as the filter has to understand. */
const chunkSchema = z.looseObject({
  id: z.string(),
  choices: arrayOf(
    z.looseObject({
      index: z.int().nonnegative(),
      delta: z.looseObject({
        tool_calls: arrayOf(z.looseObject({ index: z.int().nonnegative() })).nullish(),
      }),
      finish_reason: z.string().nullish(),
    }),
  ),
});

export type ParsedChunk = z.output<typeof chunkSchema>;

/** Where in a choice's delta a text comes in pieces: `['content']`, `['tool_calls', { index: 1 }, 'function', 'arguments']`. */
export interface ChannelAddress {
  readonly choice: number;
  readonly path: readonly (string | ListElement)[];
  /** The same as one text. */
  readonly key: string;
}

/** An element of a list, by the index and the type that it says it has; without an index, by its place. */
interface ListElement {
  readonly index: number;
  readonly type?: string;
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
  readonly logprobs: readonly { readonly choice: number; readonly place: Place }[];
}

export function readChunk(json: string): StreamChunk {
  const parsed = chunkSchema.parse(parseMeasuredJson(json));
  const { texts, logprobs } = readShortTexts(json, 'chunk');
  const indexOf = (place: number) => parsed.choices[place]?.index ?? place;
  return {
    json,
    parsed,
    texts: texts.map((text) => ({ text, address: addressOf(text, parsed) })),
    logprobs: [...logprobs].map(([choice, place]) => ({ choice: indexOf(choice), place })),
  };
}

/** Nested texts that come in pieces. Of those that no contract names, whatever stands in the delta itself does too. */
const pieces = new Set([
  'tool_calls.function.arguments',
  'tool_calls.custom.input',
  'function_call.arguments',
  'audio.transcript',
]);

/** Lists that hosts stream content and thoughts in, and the fields of their elements that come in pieces. */
const lists = new Set(['content', 'reasoning', 'reasoning_content', 'reasoning_details', 'thinking_blocks']);
const listed = new Set(['text', 'thinking', 'summary', 'content', 'reasoning', 'refusal']);

function addressOf(
  { node, isKey, kind, signedList }: DocumentText,
  { choices }: ParsedChunk,
): ChannelAddress | undefined {
  const [root, place, delta, ...path] = keysOf(node);
  const choice = choices[Number(place)];
  // Signed thoughts come whole: what is signed is all of them.
  if (isKey || signedList || root !== 'choices' || delta !== 'delta' || !choice) return undefined;
  const comesInPieces = path.length === 1 ? kind !== 'identifier' : isPiece(path);
  if (!comesInPieces) return undefined;
  let value: unknown = choice.delta;
  const address = path.map((key) => {
    value = (value as Record<string | number, unknown>)[key];
    return typeof key === 'number' ? elementOf(value, key, path[0] !== 'tool_calls') : key;
  });
  return { choice: choice.index, path: address, key: JSON.stringify([choice.index, ...address]) };
}

function isPiece(path: readonly (string | number)[]): boolean {
  const names = path.filter((key) => typeof key === 'string');
  return pieces.has(names.join('.')) || (lists.has(names[0] ?? '') && listed.has(String(path.at(-1))));
}

const elementSchema = z.object({
  index: z.int().nonnegative().optional().catch(undefined),
  // It is told again with what is left of the text: no more than a plain name.
  type: z
    .string()
    .regex(/^[a-z_.]{1,32}$/)
    .optional()
    .catch(undefined),
});

function elementOf(value: unknown, place: number, hasType: boolean): ListElement {
  const { index = place, type } = elementSchema.safeParse(value).data ?? {};
  return { index, ...(hasType && type !== undefined && { type }) };
}

/** The delta that a piece of a text is. */
export function deltaOf({ path }: ChannelAddress, text: string): unknown {
  return path.reduceRight<unknown>(
    (inner, key) => (typeof key === 'string' ? { [key]: inner } : [{ ...key, ...(inner as object) }]),
    text,
  );
}

/** What chunks of an answer have in common: no text, which would go out as it came. */
const commonSchema = z.object({
  id: z.string(),
  object: z.string().optional(),
  created: z.number().optional(),
  model: z.string().optional(),
  system_fingerprint: z.string().nullish(),
  service_tier: z.string().nullish(),
});

/** A chunk of the same answer for one choice. */
export function chunkOf(
  { parsed }: StreamChunk,
  choice: number,
  delta: unknown,
  finish: string | null = null,
): string {
  const choices = [{ index: choice, delta, finish_reason: finish }];
  return JSON.stringify({ ...commonSchema.parse(parsed), choices });
}

export function usageChunkOf({ parsed }: StreamChunk, usage: ChatUsage): string {
  return JSON.stringify({ ...commonSchema.parse(parsed), choices: [], usage });
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
