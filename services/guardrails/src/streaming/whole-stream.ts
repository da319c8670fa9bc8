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

/** Beyond it an answer that has to be held as a whole is refused. */
const maxAnswerBytes = 32 * 1024 * 1024;

interface WholeStreamParts {
  readonly screener: Screener;
}

interface JoinedText extends ScreenedText {
  text: string;
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
        this.texts.push({ path: text.path, text: text.text, form: text.form, role: 'assistant' });
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
  readonly #reader = new ChunkReader();
  readonly #texts = new JoinedTexts();

  constructor({ screener }: WholeStreamParts) {
    this.#screener = screener;
  }

  async push(bytes: Uint8Array): Promise<Chunk[]> {
    this.#texts.add(this.#reader.read(bytes));
    return [bytes];
  }

  async end(): Promise<Chunk[]> {
    await this.#screener.screen(this.#texts.texts, this.#texts.counts);
    return [];
  }
}

/** Holds a streamed answer until all of it has come and was screened. */
export class BufferedStream implements ChunkScreen {
  readonly #parts: WholeStreamParts & { readonly placeholders: Placeholders };
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(parts: WholeStreamParts & { readonly placeholders: Placeholders }) {
    this.#parts = parts;
  }

  async push(bytes: Uint8Array): Promise<Chunk[]> {
    this.#bytes += bytes.length;
    if (this.#bytes > maxAnswerBytes) throw new Fault('upstream_answer_too_large');
    this.#chunks.push(bytes);
    return [];
  }

  async end(): Promise<Chunk[]> {
    const { screener, placeholders } = this.#parts;
    const joined = new JoinedTexts();
    const reader = new ChunkReader();
    const chunks = this.#chunks.map((bytes) => {
      const chunk = reader.read(bytes);
      return { bytes, chunk, places: joined.add(chunk) };
    });
    const edits = editsByText(await screener.screen(joined.texts, joined.counts));
    /** What becomes of the texts that change, by their place: it goes out with their first piece. */
    const left = new Map<number, string>();
    const changed = new Set<number>();
    for (const [place, text] of joined.texts.entries()) {
      const now = placeholders.restore(applyEdits(text, edits.get(place) ?? [], placeholders), text.form);
      if (now === text.text) continue;
      changed.add(place);
      left.set(place, now);
    }
    return chunks.map(({ bytes, chunk, places }) => {
      const replacements: Replacement[] = [];
      for (const [i, place] of places.entries()) {
        const found = chunk.texts[i];
        if (!found || !changed.has(place)) continue;
        replacements.push({ ...found.text.place, json: JSON.stringify(left.get(place) ?? '') });
        left.delete(place);
        const tokens = found.address && chunk.logprobs.get(found.address.choice);
        if (tokens) replacements.push({ ...tokens, json: 'null' });
      }
      return replacements.length === 0 ? bytes : replaceValues(chunk.json, replacements);
    });
  }
}
