import { Worker } from 'node:worker_threads';
import { backoffMs } from '@weir/service-kit/backoff';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { answerSchema, type Readiness, type Task, type WorkerData } from './worker-messages.ts';

export interface ModelWorkerParts {
  readonly workerData: WorkerData;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tests have their own. */
  readonly script?: URL;
}

const restart = { firstMs: 500, longestMs: 60_000 };
/** Loading takes less than a second, but not on every machine. */
const startTimeoutMs = 30_000;
/** Far more than the longest text takes. */
const hangTimeoutMs = 2_000;

interface Waiter<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (fault: Fault) => void;
  readonly stopTimer: () => void;
}

/**
 * A model in a thread of its own, so that no request waits for another's text. A thread that dies or hangs is replaced,
 * later each time it does so again without having answered; meanwhile tasks fail at once.
 */
export class ModelWorker {
  readonly #parts: ModelWorkerParts;
  #worker: Worker | undefined;
  #starting: Waiter<Readiness> | undefined;
  #task: Waiter<Float32Array> | undefined;
  #isReady = false;
  #failures = 0;
  #stopRestart: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: ModelWorkerParts) {
    this.#parts = parts;
  }

  /** Rejects where the model cannot be loaded, and does not try again then. */
  start(): Promise<Readiness> {
    return new Promise((resolve, reject) => {
      const { script = new URL('./embedding-worker.ts', import.meta.url), workerData, clock } = this.#parts;
      const worker = new Worker(script, { workerData });
      this.#worker = worker;
      const lose = (cause: unknown) => {
        if (worker === this.#worker) this.#lose(unavailable(cause));
      };
      const stopTimer = clock.after(startTimeoutMs, () => {
        lose(`it was not ready within ${startTimeoutMs} ms`);
      });
      this.#starting = { resolve, reject, stopTimer };
      worker.on('message', (message: unknown) => {
        if (worker === this.#worker) this.#receive(message);
      });
      worker.on('error', lose);
      worker.on('exit', (code) => {
        lose(`it has ended with ${code}`);
      });
    });
  }

  /** One at a time. */
  embed(task: Task): Promise<Float32Array> {
    const worker = this.#worker;
    if (!worker || !this.#isReady) return Promise.reject(unavailable('the thread is being replaced'));
    return new Promise((resolve, reject) => {
      const stopTimer = this.#parts.clock.after(hangTimeoutMs, () => {
        this.#lose(unavailable(`it has not answered within ${hangTimeoutMs} ms`));
      });
      this.#task = { resolve, reject, stopTimer };
      // A process does not end while somebody waits for an answer, and for nothing else of the thread.
      worker.ref();
      worker.postMessage(task);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopRestart?.();
    const worker = this.#worker;
    this.#drop(unavailable('the embedder is closed'));
    await worker?.terminate();
  }

  #receive(message: unknown): void {
    const { data, error } = answerSchema.safeParse(message);
    if (!data) {
      this.#lose(unavailable(error));
    } else if ('ready' in data) {
      const starting = this.#starting;
      this.#starting = undefined;
      this.#isReady = true;
      this.#worker?.unref();
      starting?.stopTimer();
      starting?.resolve(data.ready);
    } else {
      const task = this.#task;
      this.#task = undefined;
      this.#worker?.unref();
      task?.stopTimer();
      if ('vector' in data) {
        this.#failures = 0;
        task?.resolve(data.vector);
      } else task?.reject(unavailable(data.error));
    }
  }

  /** The thread is of no use any more. */
  #lose(fault: Fault): void {
    const worker = this.#worker;
    const wasReady = this.#isReady;
    this.#drop(fault);
    // One that hangs in the model's own code ends when it comes back from there.
    void worker?.terminate();
    if (wasReady) this.#restartLater(fault);
  }

  #drop(fault: Fault): void {
    const waiting = [this.#starting, this.#task];
    this.#worker = this.#starting = this.#task = undefined;
    this.#isReady = false;
    for (const waiter of waiting) {
      waiter?.stopTimer();
      waiter?.reject(fault);
    }
  }

  #restartLater(err: unknown): void {
    if (this.#isClosed) return;
    const delayMs = backoffMs(this.#failures, restart);
    this.#failures += 1;
    this.#parts.logger.warn({ err, delayMs }, 'the embedding thread is replaced');
    this.#stopRestart = this.#parts.clock.after(delayMs, () => {
      this.start().catch((thrown: unknown) => {
        this.#restartLater(thrown);
      });
    });
  }
}

function unavailable(cause: unknown): Fault {
  return new Fault('service_unavailable', {
    cause: cause instanceof Error ? cause : new Error(String(cause)),
  });
}
