import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Embedder } from '@weir/embeddings/embedder';

export interface Vectors {
  of(text: string): Float32Array;
  /** Milliseconds that each embedding took which was not known from an earlier run. */
  readonly timesMs: readonly number[];
}

/** Embeds all texts; those of earlier runs are read from a file outside of the checkout, by the model's id and the text's hash. */
export async function embedAll(texts: Iterable<string>, embedder: Embedder): Promise<Vectors> {
  const file = join(tmpdir(), `weir-eval-vectors-${embedder.id.replaceAll(/[^\w.-]/gu, '_')}.jsonl`);
  const known = readKnown(file, embedder.dimensions);
  const timesMs: number[] = [];
  for (const text of new Set(texts)) {
    const key = keyOf(text);
    if (known.has(key)) continue;
    const startedAt = performance.now();
    const vector = await embedder.embed(text, { timeoutMs: 60_000 });
    timesMs.push(performance.now() - startedAt);
    known.set(key, vector);
    appendFileSync(
      file,
      `${key} ${Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')}\n`,
    );
  }
  return {
    timesMs,
    of(text) {
      const vector = known.get(keyOf(text));
      if (vector === undefined) throw new Error('a text was not embedded before its vector was asked for');
      return vector;
    },
  };
}

function readKnown(file: string, dimensions: number): Map<string, Float32Array> {
  const known = new Map<string, Float32Array>();
  if (!existsSync(file)) return known;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [key, encoded] = line.split(' ');
    if (key === undefined || encoded === undefined) continue;
    const bytes = Uint8Array.from(Buffer.from(encoded, 'base64'));
    // A run that was ended while it wrote leaves half a line.
    if (bytes.length === dimensions * 4) known.set(key, new Float32Array(bytes.buffer));
  }
  return known;
}

function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
