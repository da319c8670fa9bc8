import { Worker } from 'node:worker_threads';
import { Fault } from '@weir/service-kit/fault';
import { onAbort } from '@weir/service-kit/on-abort';
import { z } from 'zod';
import type { SchemaProblem } from './compile-schema.ts';

/** Holds a JSON text against a schema, which is JSON too, however long they are. */
export type JudgeJson = (
  call: { readonly schema: string; readonly text: string },
  signal: AbortSignal,
) => Promise<SchemaProblem>;

const replySchema = z.union([
  z.object({ id: z.int(), error: z.string() }),
  z.object({ id: z.int(), problem: z.enum(['not_json', 'schema_mismatch']).optional() }),
]);

interface Call {
  readonly resolve: (problem: SchemaProblem) => void;
  readonly reject: (fault: Fault) => void;
}

/** Calls that wait for the worker: of more it would not come to the last within its request's time. */
const maxCalls = 32;

/** Has the thread judge that is slow, so that no request waits for another's answer to be judged. It is started when it is asked. */
export class SchemaWorkerClient {
  readonly #calls = new Map<number, Call>();
  #worker: Worker | undefined;
  #lastId = 0;

  readonly judge: JudgeJson = async ({ schema, text }, signal) => {
    if (this.#calls.size >= maxCalls)
      throw unavailable(new Error(`${maxCalls} calls wait for the schema worker already`));
    const id = (this.#lastId += 1);
    const { promise, resolve, reject } = Promise.withResolvers<SchemaProblem>();
    this.#calls.set(id, { resolve, reject });
    const forgetSignal = onAbort(signal, () => {
      reject(Fault.from(signal.reason));
    });
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, schema, text });
    return promise.finally(forgetSignal);
  };

  async stop(): Promise<void> {
    await this.#end(new Error('the service ends'));
  }

  #start(): Worker {
    const worker = new Worker(new URL('./schema-worker.ts', import.meta.url));
    worker.unref();
    worker.on('message', (message: unknown) => {
      const reply = replySchema.parse(message);
      const call = this.#calls.get(reply.id);
      this.#calls.delete(reply.id);
      if ('error' in reply) call?.reject(unavailable(new Error(reply.error)));
      else call?.resolve(reply.problem);
    });
    worker.on('error', (error: Error) => {
      if (worker === this.#worker) void this.#end(error);
    });
    return worker;
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
