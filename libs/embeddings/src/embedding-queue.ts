import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import { LRUCache } from 'lru-cache';
import type { EmbedOptions } from './embedder.ts';

/** Turns the texts of one batch into one vector each, in their order. The signal is aborted when nobody waits for any of them. */
export type EmbedBatch = (
  texts: readonly string[],
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<readonly Float32Array[]>;

export interface EmbeddingQueueParts {
  readonly embedBatch: EmbedBatch;
  /** For a call that says nothing else. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly limits: QueueLimits;
}

export interface QueueLimits {
  /** Texts that travel together, at most. They are gathered while others are on their way, and never waited for. */
  readonly batchTexts: number;
  readonly runningBatches: number;
  /** Texts that wait for a batch: more are refused at once, since they would not have their turn in time. */
  readonly waitingTexts: number;
  /** Vectors that are kept, the latest used. */
  readonly keptVectors: number;
}

interface Caller {
  readonly resolve: (vector: Float32Array) => void;
  readonly reject: (reason: unknown) => void;
}

interface Job {
  readonly text: string;
  readonly timeoutMs: number;
  readonly callers: Set<Caller>;
  readonly abandoned: AbortController;
}

/** Asks a model for each text once, however many want its vector, and for no text that nobody waits for any more. */
export class EmbeddingQueue {
  readonly #parts: EmbeddingQueueParts;
  readonly #vectors: LRUCache<string, Float32Array>;
  /** Those that wait and those that run. */
  readonly #jobs = new Map<string, Job>();
  readonly #waiting = new Set<Job>();
  #running = 0;
  #closed: Fault | undefined;

  constructor(parts: EmbeddingQueueParts) {
    this.#parts = parts;
    this.#vectors = new LRUCache({ max: parts.limits.keptVectors });
  }

  embed(text: string, { timeoutMs = this.#parts.timeoutMs }: EmbedOptions = {}): Promise<Float32Array> {
    const kept = this.#vectors.get(text);
    if (kept) return Promise.resolve(kept);
    if (this.#closed) return Promise.reject(this.#closed);
    const job = this.#jobs.get(text) ?? this.#enqueue(text, timeoutMs);
    return job ? this.#answerOf(job, timeoutMs) : Promise.reject(new Fault('overloaded'));
  }

  /** Rejects all who wait. */
  close(): void {
    this.#closed = new Fault('service_unavailable', { cause: new Error('the embedder is closed') });
    for (const job of this.#jobs.values()) this.#fail(job, this.#closed);
  }

  #enqueue(text: string, timeoutMs: number): Job | undefined {
    if (this.#waiting.size >= this.#parts.limits.waitingTexts) return undefined;
    const job: Job = { text, timeoutMs, callers: new Set(), abandoned: new AbortController() };
    this.#jobs.set(text, job);
    this.#waiting.add(job);
    // In a microtask, so that texts which are asked for together travel together.
    queueMicrotask(() => {
      this.#startBatches();
    });
    return job;
  }

  #answerOf(job: Job, timeoutMs: number): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      const caller: Caller = {
        resolve: (vector) => {
          stopTimer();
          resolve(vector);
        },
        reject: (reason) => {
          stopTimer();
          reject(Fault.from(reason));
        },
      };
      const stopTimer = this.#parts.clock.after(timeoutMs, () => {
        caller.reject(new Fault('upstream_timeout'));
        job.callers.delete(caller);
        if (job.callers.size === 0) this.#abandon(job);
      });
      job.callers.add(caller);
    });
  }

  #abandon(job: Job): void {
    job.abandoned.abort(new Fault('upstream_timeout'));
    // One that runs already may still come to its vector, and whoever asks again finds it.
    if (this.#waiting.delete(job)) this.#jobs.delete(job.text);
  }

  #startBatches(): void {
    const { batchTexts, runningBatches } = this.#parts.limits;
    while (this.#waiting.size > 0 && this.#running < runningBatches) {
      // The latest first: where there is more to do than can be done, whoever has waited longest would be answered too late.
      const batch = [...this.#waiting].slice(-batchTexts);
      for (const job of batch) this.#waiting.delete(job);
      this.#running += 1;
      void this.#run(batch).finally(() => {
        this.#running -= 1;
        this.#startBatches();
      });
    }
  }

  async #run(batch: readonly Job[]): Promise<void> {
    const abandoned = new AbortController();
    const abandonWhenAll = () => {
      if (batch.every(({ abandoned: { signal } }) => signal.aborted))
        abandoned.abort(new Fault('upstream_timeout'));
    };
    for (const job of batch) job.abandoned.signal.addEventListener('abort', abandonWhenAll, { once: true });
    const timeoutMs = Math.max(...batch.map((job) => job.timeoutMs));
    const texts = batch.map(({ text }) => text);
    try {
      const vectors = await this.#parts.embedBatch(texts, { timeoutMs, signal: abandoned.signal });
      for (const [index, job] of batch.entries()) this.#settle(job, vectors[index]);
    } catch (thrown) {
      for (const job of batch) this.#fail(job, thrown);
    }
  }

  #settle(job: Job, vector: Float32Array | undefined): void {
    if (!vector) {
      this.#fail(job, new Error('the model has left out a text'));
      return;
    }
    this.#jobs.delete(job.text);
    this.#vectors.set(job.text, vector);
    for (const { resolve } of job.callers) resolve(vector);
  }

  #fail(job: Job, reason: unknown): void {
    this.#waiting.delete(job);
    this.#jobs.delete(job.text);
    for (const { reject } of job.callers) reject(reason);
  }
}
