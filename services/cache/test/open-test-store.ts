import { randomUUID } from 'node:crypto';
import { systemClock } from '@weir/service-kit/clock';
import { parseConfig } from '@weir/service-kit/config';
import { createLogger } from '@weir/service-kit/logger';
import { createMetrics } from '@weir/service-kit/metrics';
import type { EmbedderIdentity, VectorPoint, VectorStore } from '../src/domain/vector-store.ts';
import { openVectorStore } from '../src/vectors/open-vector-store.ts';
import { vectorStoreConfigSchema } from '../src/vectors/vector-store-config.ts';

export const testEmbedder: EmbedderIdentity = { id: 'test-embedder@1', dimensions: 16 };

export async function openTestStore(
  environment: Readonly<Record<string, string>>,
  embedder: EmbedderIdentity = testEmbedder,
): Promise<VectorStore> {
  const [settings] = parseConfig([vectorStoreConfigSchema], environment);
  const store = await openVectorStore({
    settings,
    embedder,
    clock: systemClock,
    logger: createLogger({ service: 'cache', instance: 'test', level: 'silent' }),
    metrics: createMetrics('cache'),
  });
  if (!store) throw new Error('the test names no store');
  return store;
}

export function testVector(seed: number, dimensions = testEmbedder.dimensions): Float32Array {
  return Float32Array.from({ length: dimensions }, (_, i) => Math.sin((i + 1) * (seed + 1)) + 0.3);
}

export function testPoint(point: Partial<VectorPoint> = {}): VectorPoint {
  return {
    id: randomUUID(),
    partition: 'p',
    organisation: 'acme',
    question: 'How do I reset it?',
    vector: testVector(1),
    createdAtMs: 1_000,
    expiresAtMs: 10_000,
    ...point,
  };
}

export function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
