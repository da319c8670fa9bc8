/** Stands for the thread that runs a model: what it does is what it is asked to embed. */
import { parentPort, workerData } from 'node:worker_threads';
import { orderSchema, workerDataSchema } from '../src/transformers/worker-messages.ts';

const { modelFolder, prefix } = workerDataSchema.parse(workerData);
if (modelFolder === 'broken') throw new Error('the model is broken');

parentPort?.on('message', (message: unknown) => {
  const order = orderSchema.parse(message);
  if (order === 'end') {
    parentPort?.close();
    return;
  }
  const { text } = order;
  if (text === 'crash') throw new Error('it has crashed');
  if (text === 'exit') process.exit(3);
  while (text === 'hang');
  if (text === 'refuse') parentPort?.postMessage({ error: 'too long' });
  else if (text === 'nonsense') parentPort?.postMessage({ vector: 'nonsense' });
  else parentPort?.postMessage({ vector: Float32Array.of(prefix.length, text.length) });
});
parentPort?.postMessage({ ready: { dimensions: 2, version: 'fake' } });
