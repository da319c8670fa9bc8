import { chatChunkSchema, type ChunkChoice, type Delta } from '@weir/contracts/chat/chunk';
import { maxAnswerItems } from '@weir/contracts/limits';
import type { UsageRecord } from '@weir/contracts/usage-record';
import { Fault } from '@weir/service-kit/fault';
import { hasInexactNumber, parseExactJson } from '@weir/service-kit/exact-json';
import type { ResponseContext, StreamParser, WireEvent } from '../../domain/dialect.ts';
import { ChunkWriter, NameSearch, type ResponseHead } from '../response-writer.ts';
import { readErrorBody } from '../error-body.ts';
import { StreamedOutput } from '../streamed-output.ts';
import { UnreadableEvents } from '../unreadable-events.ts';
import { invalid, tryParseAs } from '../parse-response.ts';
import { assertNotTooMany, maxChunkChoices } from './choice-limits.ts';
import { ChoicePlaces } from './choice-places.ts';
import { ChoiceProgress } from './choice-progress.ts';
import { EmptyArguments } from './empty-arguments.ts';
import { callsFunction, hasOwnFields } from './host-content.ts';
import { hasReasoningAlias } from './normalise.ts';
import { isSaidByMessage, normaliseChunk, type ReadChunk } from './normalise-chunk.ts';
import { parseOpenaiJson, openaiFault } from './provider-error.ts';
import { StreamedToolCalls } from './streamed-tool-calls.ts';
import { toUsageRecord } from './usage.ts';
import { completeUsage, mergeReports, reportBesides, type UsageReport } from './usage-report.ts';

/** Reads a streamed answer. A chunk in OpenAI's form is passed on as the text that came. */
export class OpenaiStreamParser implements StreamParser {
  complete = false;
  readonly output = new StreamedOutput();
  readonly #context: ResponseContext;
  readonly #progress: ChoiceProgress;
  readonly #calls: StreamedToolCalls;
  readonly #places: ChoicePlaces;
  readonly #emptyArguments: EmptyArguments;
  readonly #warnings = new Set<string>();
  readonly #unreadable: UnreadableEvents;
  #usage: UsageReport | undefined;
  #head: ResponseHead | undefined;
  readonly #names: NameSearch;
  #serviceTier: string | undefined;

  constructor(context: ResponseContext) {
    this.#context = context;
    this.#names = new NameSearch(context);
    this.#progress = new ChoiceProgress(context.choices);
    this.#unreadable = new UnreadableEvents(context);
    this.#calls = new StreamedToolCalls(context);
    this.#places = new ChoicePlaces(context.choices);
    this.#emptyArguments = new EmptyArguments(this.#calls);
  }

  get hasContent(): boolean {
    return this.#progress.speaking.size > 0;
  }

  /** Some hosts never send `[DONE]`. */
  get mayEnd(): boolean {
    return this.#progress.areAllFinished;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings, ...this.#unreadable.warnings];
  }

  push({ name, data }: WireEvent): string[] {
    const text = data.trim();
    if (text === '[DONE]' || text === '"[DONE]"') return this.end();
    if (text === '') return [];
    if (name === 'error') throw openaiFault(undefined, readErrorBody(text));
    try {
      return this.#read(text);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      this.#unreadable.passOver(thrown, text, this.hasContent);
      return [];
    }
  }

  /** Usage goes to the caller once, in a chunk of its own, and only if it asked for it: the last that was reported. */
  end(): string[] {
    this.#unreadable.assertWhole(this.#isWhole);
    if (!this.hasContent && this.#progress.finished.size === 0) throw new Fault('upstream_empty_answer');
    this.complete = true;
    const usage = completeUsage(this.#usage);
    const finished = [...this.#progress.unfinished].map((index) => this.#finish(index));
    const ends = [...this.#emptyArguments.end(), ...this.#lateCalls(), ...finished];
    if (!this.#context.includeUsage || usage === undefined || !this.#head) return ends;
    const extension = this.#context.usageExtension?.(this.usage());
    return [...ends, new ChunkWriter(this.#head).usage(usage, extension)];
  }

  usage(): UsageRecord {
    return toUsageRecord({
      usage: completeUsage(this.#usage),
      model: this.#head?.model ?? this.#context.model,
      serviceTier: this.#serviceTier,
    });
  }

  #read(text: string): string[] {
    const body = parseOpenaiJson(text);
    // What keeps a connection alive.
    if (body === null) return [];
    if (Array.isArray(body)) return chunksIn(text).flatMap((chunk) => this.#read(chunk));
    assertNotTooMany(body, maxChunkChoices);
    const parsed = tryParseAs(chatChunkSchema, body);
    const isCanonical =
      parsed !== undefined &&
      !this.#names.findsSecret(parsed) &&
      parsed.choices.every((choice) => this.#isCanonical(choice));
    const chunk = isCanonical
      ? parsed
      : this.#normalise(hasInexactNumber(text) ? parseExactJson(text) : body);
    this.#take(chunk, isCanonical);
    if (chunk.choices.length === 0 && !hasOwnFields(body)) return [];
    // A text of several lines would be several events' worth of lines to the caller.
    const isPassedOn = isCanonical && !chunk.usage && !text.includes('\n');
    const exact =
      isCanonical && !isPassedOn && hasInexactNumber(text) ? (parseExactJson(text) as object) : chunk;
    const written = isPassedOn ? text : JSON.stringify({ ...exact, usage: undefined });
    return this.#emptyArguments.pass(written, chunk.choices);
  }

  get #isWhole(): boolean {
    return this.mayEnd && [...this.#progress.finished.keys()].every((choice) => this.#calls.areWhole(choice));
  }

  #normalise(body: unknown): ReadChunk {
    return normaliseChunk(body, {
      context: this.#context,
      calls: this.#calls,
      places: this.#places,
      speaking: this.#progress.speaking,
      warnings: this.#warnings,
    });
  }

  #take(chunk: ReadChunk, isCanonical: boolean): void {
    const report = chunk.usage ?? reportBesides(chunk);
    if (report) this.#usage = mergeReports(this.#usage, report);
    this.#serviceTier = chunk.service_tier ?? this.#serviceTier;
    if (chunk.choices.length > 0 || !this.#head) this.#head = chunk;
    for (const choice of chunk.choices) {
      const { index, delta } = choice;
      this.#progress.note(choice);
      this.output.add(delta);
      if (isCanonical) for (const call of delta.tool_calls ?? []) this.#calls.note(index, call);
    }
  }

  #isCanonical({ index, delta, message, finish_reason: reason }: ChunkChoice): boolean {
    if (this.#places.of(index) !== index || hasReasoningAlias(delta)) return false;
    const said = { calls: this.#calls, speaking: this.#progress.speaking };
    if (isSaidByMessage({ message, delta }, index, said)) return false;
    if (callsFunction(delta)) this.#calls.noteFunctionCall(index);
    const calls = delta.tool_calls ?? [];
    if (calls.length > 0 && !this.#calls.fits(index, calls)) return false;
    return !reason || this.#calls.mayFinish(index, calls, reason);
  }

  /** Some hosts say why a choice ends before they send its calls. */
  #lateCalls(): string[] {
    const late = [...this.#progress.finished].filter(
      ([index, told]) => this.#calls.finishReason(index, told) !== told,
    );
    return late.map(([index]) => this.#finish(index));
  }

  /** The end of a choice whose host has said that all is over, and not why. */
  #finish(index: number): string {
    const calls = this.#calls.finish(index);
    const delta: Delta = calls.length > 0 ? { tool_calls: calls } : {};
    const choice = { index, delta, finish_reason: this.#calls.finishReason(index, 'stop') };
    const { id, created, model } = this.#head ?? {};
    return JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices: [choice] });
  }
}

/** Of an event that is a list of them. A list in a list is none: each level of it would be parsed and written anew. */
function chunksIn(list: string): string[] {
  const items = parseExactJson(list) as unknown[];
  if (items.length > maxAnswerItems) throw invalid(`More than ${maxAnswerItems} chunks in one event`);
  if (items.some(Array.isArray)) throw invalid('A list of lists');
  return items.map((item) => JSON.stringify(item));
}
