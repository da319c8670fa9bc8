import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { arrayOf } from '@weir/contracts/collections';
import type { Clock } from '@weir/service-kit/clock';
import { askJson, unusable } from '@weir/service-kit/outbound/ask-json';
import { createGuardedFetch } from '@weir/service-kit/outbound/guarded-fetch';
import { parseHostPattern } from '@weir/service-kit/outbound/host-pattern';
import { HostPolicy } from '@weir/service-kit/outbound/host-policy';
import { z } from 'zod';
import type { Embedder } from './embedder.ts';
import { EmbeddingQueue } from './embedding-queue.ts';
import { normalize } from './normalize.ts';

interface HttpParts {
  /** The base URL, as `http://embedder:8080/v1`. */
  readonly url: string;
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const limits = { batchTexts: 8, runningBatches: 4, waitingTexts: 64, keptVectors: 4_096 };
/** Of the first call, and of any other however long its caller would wait. */
const longestMs = 5_000;
const maxAnswerBytes = 4 * 1024 * 1024;
const probes = 3;
const probePauseMs = 250;

const vectorSchema = arrayOf(z.number()).min(1).max(16_384);
const answerSchema = z.object({
  data: arrayOf(z.object({ index: z.int().nonnegative(), embedding: vectorSchema })),
});

/** An endpoint that speaks OpenAI's embeddings API. How many dimensions its vectors have, a first call tells; rejects where that fails. */
export async function createHttpEmbedder({
  url,
  model,
  apiKey,
  timeoutMs,
  clock,
}: HttpParts): Promise<Embedder> {
  const endpoint = new URL(`${url.replace(/(?<!\/)\/+$/, '')}/embeddings`);
  // The operator has named it, so it may be wherever it is.
  const ownHost = parseHostPattern(endpoint.host);
  const hostPolicy = new HostPolicy(ownHost ? [ownHost] : []);
  const fetch = createGuardedFetch({ hostPolicy, timeoutMs: longestMs, maxBytes: maxAnswerBytes });
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };

  const ask = async (texts: readonly string[], signal: AbortSignal) => {
    const body = JSON.stringify({ model, input: texts, encoding_format: 'float' });
    const { data } = await askJson(fetch, endpoint, { body, headers, signal, schema: answerSchema });
    const vectors = new Map(data.map(({ index, embedding }) => [index, embedding]));
    return texts.map((_text, index) => vectorOf(vectors.get(index)));
  };
  const { length: dimensions } = await probe(() =>
    ask(['how many dimensions are there?'], new AbortController().signal),
  );

  const queue = new EmbeddingQueue({
    timeoutMs,
    clock,
    limits,
    async embedBatch(texts, { signal }) {
      const vectors = await ask(texts, signal);
      if (vectors.some(({ length }) => length !== dimensions))
        throw unusable(`a vector has not ${dimensions} dimensions any more`);
      return vectors;
    },
  });
  return {
    model,
    // Whoever answers at another address may have other weights.
    id: `${model}@${createHash('sha256').update(endpoint.href).digest('hex').slice(0, 12)}`,
    dimensions,
    embed: (text, options) => queue.embed(text, options),
    close() {
      queue.close();
      return Promise.resolve();
    },
  };
}

function vectorOf(values: readonly number[] | undefined): Float32Array {
  if (!values) throw unusable('it has left out a text');
  try {
    return normalize(Float32Array.from(values));
  } catch (thrown) {
    throw unusable(String(thrown));
  }
}

/** Whoever is started together with the endpoint may be the first. */
async function probe(ask: () => Promise<readonly Float32Array[]>): Promise<Float32Array> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [vector = new Float32Array()] = await ask();
      return vector;
    } catch (thrown) {
      if (attempt === probes) throw thrown;
      await pause(probePauseMs * attempt);
    }
  }
}
