/** A thread that turns texts into vectors, one after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadSentenceModel } from './sentence-model.ts';
import { type Answer, orderSchema, type Task, workerDataSchema } from './worker-messages.ts';

const { modelFolder, prefix, inModel } = workerDataSchema.parse(workerData);

/** Says to the outside that the thread must not be terminated now. */
async function runInModel<Value>(work: () => Promise<Value>): Promise<Value> {
  Atomics.store(inModel, 0, 1);
  try {
    return await work();
  } finally {
    Atomics.store(inModel, 0, 0);
  }
}

const model = await runInModel(() => loadSentenceModel(modelFolder));

/** Texts of up to so many tokens are always tried, however slow the first runs were. */
const shortTokens = 64;
const { dimensions, msPerToken } = await runInModel(warmUp);

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

async function answer({ text, timeoutMs }: Task): Promise<Answer> {
  const tokens = model.tokensOf(prefix + text);
  // A long text that comes too late anyway would make those behind it late as well.
  if (tokens.length > shortTokens && tokens.length * msPerToken > timeoutMs)
    return { error: `a text of ${tokens.length} tokens takes longer than ${timeoutMs} ms` };
  return { vector: await runInModel(() => model.embed(tokens)) };
}

const post = (message: Answer) => parentPort?.postMessage(message);

parentPort?.on('message', (message: unknown) => {
  const order = orderSchema.parse(message);
  if (order === 'end') {
    parentPort?.close();
    return;
  }
  answer(order).then(post, (thrown: unknown) => {
    post({ error: thrown instanceof Error ? thrown.message : String(thrown) });
  });
});
post({ ready: { dimensions, version: model.version } });
