import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { backoffMs } from '@weir/service-kit/backoff';
import { type Clock, isDoneWithin } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Logger } from '@weir/service-kit/logger';
import { answerSchema, type Readiness, type Task, type WorkerData } from './worker-messages.ts';

export interface ModelWorkerParts {
  readonly workerData: Omit<WorkerData, 'inModel'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tests have their own. */
  readonly script?: URL;
}

const restart = { firstMs: 500, longestMs: 60_000 };
/** Loading takes less than a second, but not on every machine. */
const startTimeoutMs = 30_000;
/** Far more than the longest text takes on a busy machine. */
const hangTimeoutMs = 5_000;
/** For a thread to come to an end by itself. */
const endTimeoutMs = 1_000;

interface Thread {
  readonly worker: Worker;
  readonly inModel: Int32Array;
  readonly exited: Promise<unknown>;
}

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
  #thread: Thread | undefined;
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
      const inModel = new Int32Array(new SharedArrayBuffer(4));
      const worker = new Worker(script, { workerData: { ...workerData, inModel } });
      const thread = { worker, inModel, exited: once(worker, 'exit') };
      // Its 'error' is heard below.
      thread.exited.catch(() => undefined);
      this.#thread = thread;
      const lose = (cause: unknown) => {
        if (thread === this.#thread) this.#lose(unavailable(cause));
      };
      const stopTimer = clock.after(startTimeoutMs, () => {
        lose(`it was not ready within ${startTimeoutMs} ms`);
      });
      this.#starting = { resolve, reject, stopTimer };
      worker.on('message', (message: unknown) => {
        if (thread === this.#thread) this.#receive(message);
      });
      worker.on('error', lose);
      worker.on('exit', (code) => {
        lose(`it has ended with ${code}`);
      });
    });
  }

  /** One at a time. */
  embed(task: Task): Promise<Float32Array> {
    const worker = this.#thread?.worker;
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
    const thread = this.#thread;
    this.#drop(unavailable('the embedder is closed'));
    if (thread) await this.#end(thread);
  }

  #receive(message: unknown): void {
    const { data, error } = answerSchema.safeParse(message);
    if (!data) {
      this.#lose(unavailable(error));
    } else if ('ready' in data) {
      const starting = this.#starting;
      this.#starting = undefined;
      this.#isReady = true;
      this.#thread?.worker.unref();
      starting?.stopTimer();
      starting?.resolve(data.ready);
    } else {
      const task = this.#task;
      this.#task = undefined;
      this.#thread?.worker.unref();
      task?.stopTimer();
      if ('vector' in data) {
        this.#failures = 0;
        task?.resolve(data.vector);
      } else task?.reject(unavailable(data.error));
    }
  }

  /** The thread is of no use any more. */
  #lose(fault: Fault): void {
    const thread = this.#thread;
    const wasReady = this.#isReady;
    this.#drop(fault);
    if (thread) void this.#end(thread);
    if (wasReady) this.#restartLater(fault);
  }

  #drop(fault: Fault): void {
    const waiting = [this.#starting, this.#task];
    this.#thread = this.#starting = this.#task = undefined;
    this.#isReady = false;
    for (const waiter of waiting) {
      waiter?.stopTimer();
      waiter?.reject(fault);
    }
  }

  /**
   * To terminate a thread within the model's own code would end the process (onnxruntime-node throws there what nobody can
   * catch). It is asked to end, and terminated where it hangs elsewhere; else it ends as soon as it comes back.
   */
  async #end({ worker, inModel, exited }: Thread): Promise<void> {
    worker.postMessage('end');
    const hasExited = await isDoneWithin(exited, endTimeoutMs, this.#parts.clock).catch(() => true);
    if (hasExited) return;
    if (Atomics.load(inModel, 0) === 0) await worker.terminate();
    else worker.unref();
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
