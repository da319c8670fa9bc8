/** A thread that holds JSON texts against schemas, one after another. */
import { parentPort } from 'node:worker_threads';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import { z } from 'zod';
import { compileSchema, judgeBySchema } from './compile-schema.ts';

const callSchema = z.object({ id: z.int(), schema: z.string(), text: z.string() });

/** Of a text: where it takes longer no judgement is known. */
const timeoutMs = 200;
const maxCompiled = 64;
const compiled = new Map<string, ReturnType<typeof judgeBySchema>>();

function judgeOf(schema: string): ReturnType<typeof judgeBySchema> {
  const known = compiled.get(schema);
  if (known) return known;
  if (compiled.size >= maxCompiled) compiled.clear();
  const judge = judgeBySchema(compileSchema(parseOwnJson(schema) as object));
  compiled.set(schema, judge);
  return judge;
}

parentPort?.on('message', (message: unknown) => {
  const { id, schema, text } = callSchema.parse(message);
  try {
    parentPort?.postMessage({ id, problem: judgeOf(schema)(text, { timeoutMs }) });
  } catch (thrown) {
    parentPort?.postMessage({ id, error: thrown instanceof Error ? thrown.message : String(thrown) });
  }
});
