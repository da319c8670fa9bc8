import { Fault } from '@weir/service-kit/fault';
import { TokenEstimate } from '@weir/pricing/token-estimate';
import type { Placeholders } from '../masking/placeholders.ts';
import { applyEdits } from '../screening/apply-edits.ts';
import { editsByText } from '../screening/screen-request.ts';
import type { Screener } from '../screening/screener.ts';
import type { Replacement } from '../texts/json-walker.ts';
import type { Chunk, ChunkScreen, Refusal } from './chunk-screen.ts';
import { ChunkReader } from './chunk-reader.ts';
import { StreamChannel } from './stream-channel.ts';
import {
  type ChannelAddress,
  chunkOf,
  type ChunkText,
  deltaOf,
  type StreamChunk,
  usageChunkOf,
  withReplacements,
} from './stream-chunk.ts';

interface FilterParts {
  readonly screener: Screener;
  readonly placeholders: Placeholders;
}

/** Texts of one answer: 128 choices with 31 calls of tools. */
const maxChannels = 4_096;

interface OpenChannel {
  readonly address: ChannelAddress;
  readonly channel: StreamChannel;
}

/**
 * Stands in a streamed answer. Of each text that comes in pieces it holds back what may still become a finding, and passes on
 * the rest; what stands between is left as it is. Whatever is held of a text goes out before another begins, and before its
 * choice ends.
 */
export class StreamFilter implements ChunkScreen {
  readonly #parts: FilterParts;
  readonly #reader = new ChunkReader();
  readonly #open = new Map<string, OpenChannel>();
  /** What came before the first content: until that goes out, a denial can still have a status of its own. */
  #early: Chunk[] = [];
  #hasContent = false;
  #last: StreamChunk | undefined;
  readonly #received = new TokenEstimate();
  /** Of the choices that have begun and not ended. */
  readonly #unfinished = new Set<number>();

  constructor(parts: FilterParts) {
    this.#parts = parts;
  }

  /** The chunks that can go out now. Throws what the screener throws. */
  async push(bytes: Uint8Array): Promise<Chunk[]> {
    const { chunks, hasContent } = await this.#screen(bytes);
    if (this.#hasContent) return chunks;
    this.#early.push(...chunks);
    return hasContent ? this.#begin() : [];
  }

  /** What is left of texts whose choice did not say that it ends. */
  async end(): Promise<Chunk[]> {
    const left: string[] = [];
    const chunk = this.#last;
    for (const choice of this.#unfinished)
      if (chunk) left.push(...(await this.#flush(chunk, choice, new Map())));
    return [...this.#begin(), ...left];
  }

  /** What ends an answer that is denied after some of it has gone out; undefined where nothing has. */
  get refusal(): Refusal | undefined {
    const chunk = this.#last;
    if (!chunk || !this.#hasContent) return undefined;
    const chunks = [...this.#unfinished].map((choice) => chunkOf(chunk, choice, {}, 'content_filter'));
    return { chunks, outputTokens: this.#received.tokens, usageChunk: (usage) => usageChunkOf(chunk, usage) };
  }

  #begin(): Chunk[] {
    const early = this.#early;
    this.#early = [];
    this.#hasContent = true;
    return early;
  }

  async #screen(bytes: Uint8Array): Promise<{ chunks: Chunk[]; hasContent: boolean }> {
    const chunk = this.#reader.read(bytes);
    this.#last = chunk;
    const touched = this.#receive(chunk);
    const replacements = await this.#screenWhole(chunk);
    const before: string[] = [];
    for (const { index, finish_reason: finish } of chunk.parsed.choices) {
      const isSpeaking = [...touched.values()].some(({ address }) => address.choice === index);
      if (isSpeaking || finish) before.push(...(await this.#flush(chunk, index, touched)));
    }
    /** Those of whose texts something has come that goes out as it came, and those where it does not. */
    const [passing, changed] = [new Set<number>(), new Set<number>()];
    for (const { texts, channel, address } of touched.values()) {
      const isEnd = chunk.parsed.choices.some(
        (choice) => choice.index === address.choice && choice.finish_reason,
      );
      const released = await channel.take(isEnd);
      const came = texts.map(({ text }) => text.text).join('');
      (released === came ? passing : changed).add(address.choice);
      if (released === came) continue;
      for (const [i, { text }] of texts.entries()) {
        replacements.push({ ...text.place, json: JSON.stringify(i === 0 ? released : '') });
      }
    }
    for (const { choice, place } of chunk.logprobs) {
      // They are what came, now or in an earlier chunk, and not what goes out.
      if (changed.has(choice) || !passing.has(choice)) replacements.push({ ...place, json: 'null' });
    }
    for (const { index, finish_reason: finish } of chunk.parsed.choices) {
      if (finish) this.#unfinished.delete(index);
      else this.#unfinished.add(index);
    }
    return withReplacements(chunk, bytes, replacements, before);
  }

  /** Adds what came to its channels, and says to which. */
  #receive({ texts }: StreamChunk): Map<string, OpenChannel & { texts: ChunkText[] }> {
    const touched = new Map<string, OpenChannel & { texts: ChunkText[] }>();
    for (const one of texts) {
      if (!one.address) continue;
      const { key } = one.address;
      const open = this.#open.get(key) ?? this.#openChannel(key, one.address, one);
      const known = touched.get(key) ?? { ...open, texts: [] };
      touched.set(key, known);
      known.texts.push(one);
      open.channel.push(one.text.text);
      this.#received.add(one.text.text);
    }
    return touched;
  }

  #openChannel(key: string, address: ChannelAddress, { text }: ChunkText): OpenChannel {
    if (this.#open.size >= maxChannels) throw new Fault('upstream_invalid_response');
    const { path, form } = text;
    const open = { address, channel: new StreamChannel({ ...this.#parts, path, form }) };
    this.#open.set(key, open);
    return open;
  }

  async #flush(chunk: StreamChunk, choice: number, touched: ReadonlyMap<string, unknown>): Promise<string[]> {
    const flushed: string[] = [];
    for (const [key, { address, channel }] of this.#open) {
      if (address.choice !== choice || touched.has(key) || channel.isEmpty) continue;
      const released = await channel.take(true);
      if (released !== '') flushed.push(chunkOf(chunk, choice, deltaOf(address, released)));
    }
    return flushed;
  }

  /** What comes in one piece: names of functions, annotations, fields that nobody knows. */
  async #screenWhole({ texts }: StreamChunk): Promise<Replacement[]> {
    const { screener, placeholders } = this.#parts;
    const whole = texts.filter(({ address }) => !address).map(({ text }) => text);
    if (whole.length === 0) return [];
    const edits = editsByText(await screener.screen(whole));
    const emptied = new Map<number, Replacement>();
    const { yieldTurn } = screener;
    const changed: Replacement[] = [];
    for (const [place, text] of whole.entries()) {
      const wanted = edits.get(place);
      const edited = wanted ? await applyEdits(text, wanted, { placeholders, yieldTurn }) : text.text;
      if (text.signedList) {
        if (edited !== text.text) emptied.set(text.signedList.start, { ...text.signedList, json: '[]' });
        continue;
      }
      const now = await placeholders.restoreLong(edited, text.form, yieldTurn);
      if (now !== text.text) changed.push({ ...text.place, json: text.literalOf(now) });
    }
    return [...changed, ...emptied.values()];
  }
}
