import { arrayOf } from '@weir/contracts/collections';
/** A thread that runs text classification models, one text after another. It imports its library when it is first asked. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';

const { moduleName } = z.object({ moduleName: z.string() }).parse(workerData);
const callSchema = z.object({ id: z.int(), model: z.string(), texts: arrayOf(z.string()) });
const scoresSchema = arrayOf(z.object({ label: z.string(), score: z.number() }));

type Pipeline = (text: string, options: { top_k: null }) => Promise<unknown>;
interface Library {
  pipeline(task: 'text-classification', model: string): Promise<Pipeline>;
}

const pipelines = new Map<string, Promise<Pipeline>>();

/** A failed load is tried again by the next call. */
function pipelineOf(library: Library, model: string): Promise<Pipeline> {
  const known = pipelines.get(model);
  if (known) return known;
  const loaded = library.pipeline('text-classification', model);
  pipelines.set(model, loaded);
  loaded.catch(() => pipelines.delete(model));
  return loaded;
}

async function rate(library: Library, model: string, texts: readonly string[]) {
  const classify = await pipelineOf(library, model);
  const ratings: Record<string, number>[] = [];
  for (const text of texts) {
    const scores = scoresSchema.parse(await classify(text, { top_k: null }));
    ratings.push(
      Object.fromEntries(scores.map(({ label, score }) => [label, Math.min(1, Math.max(0, score))])),
    );
  }
  return ratings;
}

parentPort?.on('message', (message: unknown) => {
  const { id, model, texts } = callSchema.parse(message);
  const answer = async () => {
    // The name is a value, so that nothing that reads imports asks for a package which is not always there.
    const library = (await import(moduleName).catch(() => undefined)) as Library | undefined;
    return library ? { id, ratings: await rate(library, model, texts) } : { id, missing: true };
  };
  answer().then(
    (reply) => parentPort?.postMessage(reply),
    (thrown: unknown) =>
      parentPort?.postMessage({ id, error: thrown instanceof Error ? thrown.message : String(thrown) }),
  );
});
