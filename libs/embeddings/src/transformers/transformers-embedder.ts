import { basename } from 'node:path';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { Embedder } from '../embedder.ts';
import { EmbeddingQueue } from '../embedding-queue.ts';
import { ModelWorker } from './model-worker.ts';

interface TransformersParts {
  readonly modelFolder: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tests have their own. */
  readonly script?: URL;
}

/**
 * One text after another: batches are slower here, since all of a batch are as long as its longest, and a text's vector
 * would depend on its company. Who waits behind 32 others would wait in vain.
 */
const limits = { batchTexts: 1, runningBatches: 1, waitingTexts: 32, keptVectors: 4_096 };

/** A sentence encoder on this machine. Rejects where it cannot be loaded. */
export async function createTransformersEmbedder(parts: TransformersParts): Promise<Embedder> {
  const { modelFolder, timeoutMs, clock, logger, script } = parts;
  const model = basename(modelFolder);
  const prefix = /\be5\b/i.test(model) ? 'query: ' : '';
  const worker = new ModelWorker({
    workerData: { modelFolder, prefix },
    clock,
    logger,
    ...(script && { script }),
  });
  const { dimensions, version } = await worker.start();
  const queue = new EmbeddingQueue({
    timeoutMs,
    clock,
    limits,
    embedBatch: async ([text = ''], { timeoutMs }) => [await worker.embed({ text, timeoutMs })],
  });
  return {
    model,
    id: `${model}@${version}`,
    dimensions,
    embed: (text, options) => queue.embed(text, options),
    async close() {
      queue.close();
      await worker.close();
    },
  };
}
