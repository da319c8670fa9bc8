import { z } from 'zod';

/** What the thread is told when it starts. */
export const workerDataSchema = z.object({
  modelFolder: z.string(),
  /** Before each text: e5 models were trained so. */
  prefix: z.string(),
  /** One number, shared: 1 while the thread is in the model's own code. */
  inModel: z.custom<Int32Array>((value) => value instanceof Int32Array),
});

const taskSchema = z.object({ text: z.string(), timeoutMs: z.number() });

/** To the thread: one text at a time, or that it shall end. */
export const orderSchema = z.union([taskSchema, z.literal('end')]);

/** From the thread: once that it is ready, then one for each task. */
export const answerSchema = z.union([
  z.object({ ready: z.object({ dimensions: z.int().positive(), version: z.string() }) }),
  z.object({ vector: z.custom<Float32Array>((value) => value instanceof Float32Array) }),
  z.object({ error: z.string() }),
]);

export type WorkerData = z.output<typeof workerDataSchema>;
export type Task = z.output<typeof taskSchema>;
export type Answer = z.output<typeof answerSchema>;
export type Readiness = Extract<Answer, { ready: unknown }>['ready'];
