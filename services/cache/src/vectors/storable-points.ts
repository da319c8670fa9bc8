import { createHash } from 'node:crypto';
import { type Clock, isDoneWithin } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { VectorPoint } from '../domain/vector-store.ts';

export const maxNeighbours = 100;

/**
 * What stores compare in the place of a partition: the same length whatever that holds, so that an index takes it, and no
 * store's own rules of comparing text apply to it. UTF-16, since UTF-8 has one form for all halves of surrogate pairs.
 */
export function partitionHash(partition: string): Buffer {
  return createHash('sha256').update(partition, 'utf16le').digest();
}

export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

/** The last of each id: a statement that names one twice is refused. In one order, so that two batches cannot wait for each other. */
export function distinctPoints(points: readonly VectorPoint[]): VectorPoint[] {
  const byId = new Map(points.map((point) => [point.id, point]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function* batchesOf<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** Throws where a vector is none that its embedder makes: that is our own mistake. */
export function assertVector(vector: Float32Array, dimensions: number): void {
  if (vector.length !== dimensions)
    throw mistake(`a vector has ${vector.length} dimensions, and its embedder's have ${dimensions}`);
  // A sum that is not finite holds a number that is not; one of zero has no direction.
  const squares = vector.reduce((sum, value) => sum + value * value, 0);
  if (!Number.isFinite(squares) || squares === 0) throw mistake('a vector is zero, or not finite');
}

export function assertLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > maxNeighbours)
    throw mistake(`${limit} neighbours were asked for: from 1 to ${maxNeighbours} is possible`);
}

/** What is answered within this time; what comes later is dropped. */
export async function withinTimeout<T>(answer: Promise<T>, timeoutMs: number, clock: Clock): Promise<T> {
  if (await isDoneWithin(answer, timeoutMs, clock)) return answer;
  throw new Fault('service_unavailable', {
    cause: new Error(`the vector store has not answered within ${timeoutMs} ms`),
  });
}

function mistake(message: string): Fault {
  return new Fault('internal_error', { cause: new Error(message) });
}
