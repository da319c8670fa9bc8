import { Fault } from '@weir/service-kit/fault';
import type { ScreenedText } from '../domain/check.ts';
import type { Placeholders } from '../masking/placeholders.ts';
import { applyEdits } from '../screening/apply-edits.ts';
import { editsByText } from '../screening/screen-request.ts';
import type { Screener } from '../screening/screener.ts';
import { type Replacement, replaceValues } from '../texts/json-walker.ts';
import type { Chunk, ChunkScreen } from './chunk-screen.ts';
import { ChunkReader } from './chunk-reader.ts';
import type { StreamChunk } from './stream-chunk.ts';

/** Beyond it an answer is not held. */
const maxAnswerBytes = 32 * 1024 * 1024;

interface WholeStreamParts {
  readonly screener: Screener;
}

interface JoinedText extends ScreenedText {
  text: string;
  /** Of which choice; undefined where the text came whole. */
  readonly choice?: number | undefined;
  readonly isSigned: boolean;
}

/** The texts of a stream, joined of their pieces. */
class JoinedTexts {
  readonly texts: JoinedText[] = [];
  readonly #places = new Map<string, number>();
  readonly #choices = new Set<number>();
  readonly #toolCalls = new Set<string>();

  /** Where each text of the chunk belongs. */
  add({ texts, parsed }: StreamChunk): number[] {
    for (const { index, delta } of parsed.choices) {
      this.#choices.add(index);
      for (const call of delta.tool_calls ?? []) this.#toolCalls.add(`${index}:${call.index}`);
    }
    return texts.map(({ text, address }) => {
      const key = address && JSON.stringify(address);
      const known = key === undefined ? undefined : this.#places.get(key);
      if (known === undefined) {
        const { path, form } = text;
        const isSigned = text.signedList !== undefined;
        this.texts.push({
          path,
          text: text.text,
          form,
          role: 'assistant',
          choice: address?.choice,
          isSigned,
        });
        if (key !== undefined) this.#places.set(key, this.texts.length - 1);
        return this.texts.length - 1;
      }
      const joined = this.texts[known];
      if (joined) joined.text += text.text;
      return known;
    });
  }

  get counts(): Record<string, number> {
    return { choices: this.#choices.size, tool_calls: this.#toolCalls.size };
  }
}

/** Lets a stream pass as it is, and has all of it screened at its end, by checks that do no more than report. */
export class ReportedStream implements ChunkScreen {
  readonly #screener: Screener;
  readonly #maxBytes: number;
  readonly #reader = new ChunkReader();
  readonly #texts = new JoinedTexts();
  #bytes = 0;

  constructor({ maxBytes = maxAnswerBytes, screener }: WholeStreamParts & { readonly maxBytes?: number }) {
    this.#screener = screener;
    this.#maxBytes = maxBytes;
  }

  async push(bytes: Uint8Array): Promise<Chunk[]> {
    this.#bytes += bytes.length;
    // Of what no memory would hold the beginning is reported on: it must not fail for that.
    if (this.#bytes <= this.#maxBytes) this.#texts.add(this.#reader.read(bytes));
    return [bytes];
  }

  async end(): Promise<Chunk[]> {
    await this.#screener.screen(this.#texts.texts, this.#texts.counts);
    return [];
  }
}

interface HeldChunk {
  readonly bytes: Uint8Array;
  /** Of its texts, among all. */
  readonly places: readonly number[];
  /** The choices whose tokens it tells. */
  readonly tokensOf: readonly number[];
}

/** Holds a streamed answer until all of it has come and was screened. */
export class BufferedStream implements ChunkScreen {
  readonly #parts: WholeStreamParts & { readonly placeholders: Placeholders };
  readonly #chunks: HeldChunk[] = [];
  readonly #joined = new JoinedTexts();
  readonly #reader = new ChunkReader();
  #bytes = 0;

  constructor(parts: WholeStreamParts & { readonly placeholders: Placeholders }) {
    this.#parts = parts;
  }

  async push(bytes: Uint8Array): Promise<Chunk[]> {
    this.#bytes += bytes.length;
    if (this.#bytes > maxAnswerBytes) throw new Fault('upstream_answer_too_large');
    // What was read is not kept: it is many times as large, and little of it changes.
    const chunk = this.#reader.read(bytes);
    const tokensOf = chunk.logprobs.map(({ choice }) => choice);
    this.#chunks.push({ bytes, places: this.#joined.add(chunk), tokensOf });
    return [];
  }

  async end(): Promise<Chunk[]> {
    const { screener, placeholders } = this.#parts;
    const { yieldTurn } = screener;
    const { counts, texts } = this.#joined;
    const edits = editsByText(await screener.screen(texts, counts));
    /** What becomes of the texts that change, by their place: it goes out with their first piece. */
    const left = new Map<number, string>();
    const changed = new Set<number>();
    for (const [place, text] of texts.entries()) {
      const edited = await applyEdits(text, edits.get(place) ?? [], { placeholders, yieldTurn });
      const now = text.isSigned ? edited : await placeholders.restoreLong(edited, text.form, yieldTurn);
      if (now === text.text) continue;
      changed.add(place);
      left.set(place, now);
    }
    const choices = new Set([...changed].map((place) => texts[place]?.choice));
    const chunks: Chunk[] = [];
    const reader = new ChunkReader();
    for (const { bytes, places, tokensOf } of this.#chunks) {
      if (!places.some((place) => changed.has(place)) && !tokensOf.some((choice) => choices.has(choice))) {
        chunks.push(bytes);
        continue;
      }
      await yieldTurn();
      const chunk = reader.read(bytes);
      const replacements: Replacement[] = [];
      const emptied = new Map<number, Replacement>();
      for (const [i, place] of places.entries()) {
        const found = chunk.texts[i];
        if (!found || !changed.has(place)) continue;
        const { signedList } = found.text;
        if (signedList) {
          emptied.set(signedList.start, { ...signedList, json: '[]' });
          continue;
        }
        replacements.push({ ...found.text.place, json: JSON.stringify(left.get(place) ?? '') });
        left.delete(place);
      }
      // They are what came, and not what goes out.
      for (const { choice, place } of chunk.logprobs)
        if (choices.has(choice)) replacements.push({ ...place, json: 'null' });
      chunks.push(replaceValues(chunk.json, [...replacements, ...emptied.values()]));
    }
    return chunks;
  }
}
