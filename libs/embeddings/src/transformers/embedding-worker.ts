/** A thread that turns texts into vectors, one after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadSentenceModel } from './sentence-model.ts';
import { type Answer, taskSchema, workerDataSchema } from './worker-messages.ts';

const { modelFolder, prefix } = workerDataSchema.parse(workerData);
const model = await loadSentenceModel(modelFolder);

/** Texts of up to so many tokens are always tried, however slow the first runs were. */
const shortTokens = 64;
const { dimensions, msPerToken } = await warmUp();

/** The first runs are slow, and nobody shall wait for them. Their quickest tells what a token costs on this machine. */
async function warmUp() {
  const tokens = model.tokensOf(`${prefix}${'how long does a text of this length take? '.repeat(3)}`);
  let msPerToken = Infinity;
  let dimensions = 0;
  for (let run = 0; run < 5; run += 1) {
    const startedAtMs = performance.now();
    ({ length: dimensions } = await model.embed(tokens));
    msPerToken = Math.min(msPerToken, (performance.now() - startedAtMs) / tokens.length);
  }
  return { dimensions, msPerToken };
}

async function answer(message: unknown): Promise<Answer> {
  const { text, timeoutMs } = taskSchema.parse(message);
  const tokens = model.tokensOf(prefix + text);
  // A long text that comes too late anyway would make those behind it late as well.
  if (tokens.length > shortTokens && tokens.length * msPerToken > timeoutMs)
    return { error: `a text of ${tokens.length} tokens takes longer than ${timeoutMs} ms` };
  return { vector: await model.embed(tokens) };
}

const post = (message: Answer) => parentPort?.postMessage(message);

parentPort?.on('message', (message: unknown) => {
  answer(message).then(post, (thrown: unknown) => {
    post({ error: thrown instanceof Error ? thrown.message : String(thrown) });
  });
});
post({ ready: { dimensions, version: model.version } });
