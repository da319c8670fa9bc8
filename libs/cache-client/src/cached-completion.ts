import type { CachedAnswer, LookUpReply, StoreTicket } from '@weir/contracts/cache/lookup';
import type { CacheOrder, CacheResult } from '@weir/contracts/cache/order';
import type { Envelope } from '@weir/contracts/envelope';
import type { CompletionTrailer } from '@weir/contracts/router';
import type { StreamCall } from '@weir/service-kit/bus/bus';
import { Fault } from '@weir/service-kit/fault';
import { AnswerCollector } from './answer-collector.ts';
import { type CompletionRequest, type CompletionSink, withoutCache } from './completion-request.ts';

/** What is asked of the cache; undefined is that it cannot say. */
interface Cache {
  lookUp(request: CompletionRequest): Promise<LookUpReply | undefined>;
  waitFor(request: CompletionRequest, waitMs: number): Promise<LookUpReply | undefined>;
  settle(ticket: StoreTicket, json: Uint8Array | undefined, envelope: Envelope): void;
  release(ticket: StoreTicket | undefined, envelope: Envelope): void;
  revalidate(ticket: StoreTicket, request: CompletionRequest): void;
}

interface CachedParts {
  readonly cache: Cache;
  readonly order: CacheOrder;
  readonly request: CompletionRequest;
  readonly sink: CompletionSink;
}

const noBody = Buffer.alloc(0);

/**
 * A completion that is answered from the cache, or by whoever is asked where nothing is there. To its sink both are the same, but
 * for `cache` in the head.
 */
export class CachedCompletion implements StreamCall {
  readonly #parts: CachedParts;
  /** Of whoever is asked; undefined while the cache is, and where that has the answer. */
  #call: StreamCall | undefined;
  #ticket: StoreTicket | undefined;
  /** What of a kept answer has not gone out: it waits while the requester does. */
  #replay: { readonly answer: CachedAnswer; readonly chunks: string[]; isRunning: boolean } | undefined;
  #isPaused = false;
  #isOver = false;

  constructor(parts: CachedParts) {
    this.#parts = parts;
    this.#begin().catch((thrown: unknown) => {
      this.#fail(Fault.from(thrown));
    });
  }

  get isAccepted(): boolean {
    return this.#call?.isAccepted ?? this.#replay !== undefined;
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#call?.cancel();
    this.#release();
  }

  pause(): void {
    this.#isPaused = true;
    this.#call?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#call?.resume();
    this.#goOn();
  }

  async #begin(): Promise<void> {
    const { cache, order, request } = this.#parts;
    const found = await this.#find();
    const isHit = found?.outcome === 'hit';
    if (found && 'ticket' in found) this.#ticket = found.ticket;
    if (this.#isOver) {
      // Its client left while the cache was asked: nobody is asked for an answer any more.
      this.#release();
      if (isHit) cache.release(found.revalidate, request.envelope);
    } else if (isHit) {
      if (order.isOnlyIfCached) cache.release(found.revalidate, request.envelope);
      else if (found.revalidate) cache.revalidate(found.revalidate, request);
      this.#answer(found.answer);
    } else if (order.isOnlyIfCached) this.#fail(new Fault('not_cached'));
    else this.#fetch();
  }

  async #find(): Promise<LookUpReply | undefined> {
    const { cache, order, request } = this.#parts;
    const found = await cache.lookUp(request);
    if (found?.outcome !== 'pending' || this.#isOver) return found;
    // Where it does not come this answer is fetched like any other, and kept by the first ticket.
    const awaited = await cache.waitFor(request, order.singleFlightMs);
    return awaited && awaited.outcome !== 'pending' ? awaited : found;
  }

  #answer(answer: CachedAnswer): void {
    const { id: entry, provider, model, isKnownModel, warnings = [], tier, ageSeconds, similarity } = answer;
    const result: CacheResult = {
      status: tier === 'exact' ? 'hit-exact' : 'hit-semantic',
      ...{ entry, ageSeconds },
      ...(similarity !== undefined && { similarity }),
    };
    this.#replay = { answer, chunks: [...(answer.chunks ?? [])], isRunning: false };
    const known = { provider, model, ...(isKnownModel !== undefined && { isKnownModel }) };
    this.#parts.sink.onHead({ ...known, warnings, upstreamMs: 0, cache: result });
    this.#goOn();
  }

  #goOn(): void {
    const replay = this.#replay;
    if (!replay || replay.isRunning) return;
    const { sink } = this.#parts;
    const chunks = replay.chunks;
    replay.isRunning = true;
    let sent = 0;
    while (sent < chunks.length && this.#mayGoOn()) sink.onChunk(Buffer.from(chunks[sent++] ?? ''));
    chunks.splice(0, sent);
    replay.isRunning = false;
    if (chunks.length > 0 || !this.#mayGoOn()) return;
    this.#isOver = true;
    const { usage, completion } = replay.answer;
    const trailer: CompletionTrailer = { usage, upstreamMs: 0, costNanoUsd: 0 };
    sink.onEnd(trailer, completion === undefined ? noBody : Buffer.from(completion));
  }

  /** What a sink does with a chunk may change it. */
  #mayGoOn(): boolean {
    return !this.#isPaused && !this.#isOver;
  }

  #fetch(): void {
    const { cache, request, sink } = this.#parts;
    const ticket = this.#ticket;
    const result = this.#resultOf(ticket);
    const collector = ticket && new AnswerCollector();
    this.#call = request.fetch(withoutCache(request.envelope), {
      onHead: (head) => {
        collector?.onHead(head);
        sink.onHead({ ...head, cache: result });
      },
      onChunk: (chunk) => {
        collector?.onChunk(chunk);
        sink.onChunk(chunk);
      },
      onEnd: (trailer, body) => {
        this.#isOver = true;
        sink.onEnd(trailer, body);
        if (ticket) cache.settle(ticket, collector?.finish(ticket, trailer, body), request.envelope);
      },
      onFault: (fault) => {
        this.#fail(fault);
      },
    });
    if (this.#isPaused) this.#call.pause();
  }

  #resultOf(ticket: StoreTicket | undefined): CacheResult {
    const { order } = this.#parts;
    if (!ticket) return { status: 'bypass' };
    return {
      status: 'miss',
      ...(!order.isRead && { isRefresh: true }),
      ...(order.isRead && ticket.semantic && { isSemantic: true }),
    };
  }

  #fail(fault: Fault): void {
    if (this.#isOver) return;
    this.#release();
    this.#parts.sink.onFault(fault);
  }

  /** It is over without an answer that could be kept. */
  #release(): void {
    this.#isOver = true;
    this.#parts.cache.release(this.#ticket, this.#parts.request.envelope);
    this.#ticket = undefined;
  }
}
