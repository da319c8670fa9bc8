import { parseMeasuredJson } from '@weir/service-kit/bounded-json';
import { DocumentText } from '../texts/document-text.ts';
import { type ChunkText, readChunk, type StreamChunk } from './stream-chunk.ts';

/** A chunk of which nothing but one text may differ in the next, and its JSON before and behind that text's literal. */
interface Pattern {
  readonly chunk: StreamChunk;
  readonly only: ChunkText;
  readonly before: string;
  readonly behind: string;
}

const decoder = new TextDecoder();

/**
 * Reads the chunks of an answer. Nearly all of them are the last one with another text: of those only the text is read, and
 * what else they say is the last one's.
 */
export class ChunkReader {
  #pattern: Pattern | undefined;

  /** Throws where it is no chunk. */
  read(bytes: Uint8Array): StreamChunk {
    const json = decoder.decode(bytes);
    const pattern = this.#pattern;
    const like = pattern && readLike(pattern, json);
    if (like) return like;
    const chunk = readChunk(json);
    this.#pattern = patternOf(chunk);
    return chunk;
  }
}

function patternOf(chunk: StreamChunk): Pattern | undefined {
  const [only] = chunk.texts;
  if (!only?.address || chunk.texts.length > 1 || chunk.logprobs.length > 0) return undefined;
  const { start, end } = only.text.place;
  return { chunk, only, before: chunk.json.slice(0, start), behind: chunk.json.slice(end) };
}

/** The chunk that has a text in the place of another's; undefined where it is not the same otherwise. */
function readLike({ chunk, only, before, behind }: Pattern, json: string): StreamChunk | undefined {
  if (!json.startsWith(before) || !json.endsWith(behind)) return undefined;
  const place = { start: before.length, end: json.length - behind.length };
  const text = plainLiteral(json.slice(place.start, place.end));
  if (text === undefined) return undefined;
  const { kind, head, isKey, node, role } = only.text;
  const found = new DocumentText({ text, kind, head, isKey, node, place });
  if (role !== undefined) found.role = role;
  return { ...chunk, json, texts: [{ text: found, address: only.address }] };
}

const maxLiteralLength = 4_096;

/** One short string of JSON; undefined where it is empty, or anything else. */
function plainLiteral(literal: string): string | undefined {
  if (literal.length > maxLiteralLength) return undefined;
  const inner = /^"((?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))+)"$/u.exec(literal)?.[1];
  if (inner === undefined) return undefined;
  return inner.includes('\\') ? (parseMeasuredJson(literal) as string) : inner;
}
