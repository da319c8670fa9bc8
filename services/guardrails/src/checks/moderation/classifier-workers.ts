import { Worker } from 'node:worker_threads';
import { arrayOf, recordOf } from '@weir/contracts/collections';
import { Fault } from '@weir/service-kit/fault';
import { onAbort } from '@weir/service-kit/on-abort';
import { z } from 'zod';
import type { Rating } from './categories.ts';

/** Rates texts with a text classification model, which is loaded when it is first asked for. */
export type Classify = (
  model: string,
  texts: readonly string[],
  signal: AbortSignal,
) => Promise<readonly Rating[]>;

const ratingsSchema = arrayOf(recordOf(z.string().max(256), z.number().min(0).max(1)));
const replySchema = z.union([
  z.object({ id: z.int(), ratings: ratingsSchema }),
  z.object({ id: z.int(), missing: z.literal(true) }),
  z.object({ id: z.int(), error: z.string() }),
]);

interface Call {
  readonly resolve: (ratings: readonly Rating[]) => void;
  readonly reject: (fault: Fault) => void;
  isAbandoned: boolean;
}

/** Calls that wait for the worker; of more it would not come to the last in time. */
const maxCalls = 32;
/** Calls that were not answered in their time, after which the worker is taken to hang. */
const maxAbandoned = 4;

const notInstalled =
  'The moderation engine transformers needs the package @huggingface/transformers, which is not installed beside Weir. Install it, or use the engine openai or http.';

/** Runs models in a thread of their own, so that no request waits for another's texts to be rated. */
export class ClassifierWorkers {
  readonly #moduleName: string;
  readonly #calls = new Map<number, Call>();
  #worker: Worker | undefined;
  #lastId = 0;

  /** `moduleName` is what has `pipeline`: tests have their own. */
  constructor({ moduleName = '@huggingface/transformers' }: { readonly moduleName?: string } = {}) {
    this.#moduleName = moduleName;
  }

  /** Rejects with a Fault, and with the signal's reason when it is aborted. */
  classify(model: string, texts: readonly string[], signal: AbortSignal): Promise<readonly Rating[]> {
    return new Promise((resolve, reject) => {
      if (this.#calls.size >= maxCalls) {
        reject(unavailable(new Error(`${maxCalls} calls wait for the classifier already`)));
        return;
      }
      const id = (this.#lastId += 1);
      const forget = onAbort(signal, () => {
        const call = this.#calls.get(id);
        if (call) call.isAbandoned = true;
        reject(Fault.from(signal.reason));
        this.#endIfHanging();
      });
      this.#calls.set(id, {
        isAbandoned: false,
        resolve: (ratings) => {
          forget();
          resolve(ratings);
        },
        reject: (fault) => {
          forget();
          reject(fault);
        },
      });
      this.#worker ??= this.#start();
      this.#worker.postMessage({ id, model, texts });
    });
  }

  async stop(): Promise<void> {
    await this.#end(new Error('the service ends'));
  }

  #start(): Worker {
    const workerData = { moduleName: this.#moduleName };
    const worker = new Worker(new URL('./classifier-worker.ts', import.meta.url), { workerData });
    worker.unref();
    worker.on('message', (message: unknown) => {
      this.#settle(message);
    });
    worker.on('error', (error: Error) => {
      if (worker === this.#worker) void this.#end(error);
    });
    return worker;
  }

  #settle(message: unknown): void {
    const parsed = replySchema.safeParse(message);
    const id = z.object({ id: z.int() }).safeParse(message).data?.id ?? 0;
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (!parsed.success)
      call?.reject(unavailable(new Error('the model rates by something else than scores')));
    else if ('ratings' in parsed.data) call?.resolve(parsed.data.ratings);
    else if ('error' in parsed.data) call?.reject(unavailable(new Error(parsed.data.error)));
    else call?.reject(new Fault('guardrails_unavailable', { message: notInstalled }));
  }

  #endIfHanging(): void {
    const abandoned = [...this.#calls.values()].filter(({ isAbandoned }) => isAbandoned);
    if (abandoned.length >= maxAbandoned) void this.#end(new Error('the classifier does not answer'));
  }

  async #end(cause: Error): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    for (const { reject } of this.#calls.values()) reject(unavailable(cause));
    this.#calls.clear();
    await worker?.terminate();
  }
}

const unavailable = (cause: Error) => new Fault('guardrails_unavailable', { cause });
