import type { NearestQuery, Neighbour, VectorPoint, VectorStore } from '../src/domain/vector-store.ts';

/** A vector store of this process, for tests of what uses one. */
export class MemoryVectorStore implements VectorStore {
  readonly points = new Map<string, VectorPoint>();
  /** For a test to set: what every call does before it answers. */
  before: () => Promise<void> = async () => undefined;

  async describe(): Promise<string> {
    return Promise.resolve('memory');
  }

  async ensure(): Promise<void> {
    await this.before();
  }

  async upsert(points: readonly VectorPoint[]): Promise<void> {
    await this.before();
    for (const point of points) this.points.set(point.id, point);
  }

  async nearest({ partition, vector, limit, nowMs }: NearestQuery): Promise<Neighbour[]> {
    await this.before();
    const near = [...this.points.values()]
      .filter((point) => point.partition === partition && point.expiresAtMs > nowMs)
      .map(({ id, question, vector: stored, createdAtMs, expiresAtMs }) => {
        const similarity = stored.reduce((sum, value, i) => sum + value * (vector[i] ?? 0), 0);
        return { id, question, createdAtMs, expiresAtMs, similarity };
      });
    return near.sort((a, b) => b.similarity - a.similarity).slice(0, limit);
  }

  async delete(ids: readonly string[]): Promise<void> {
    await this.before();
    for (const id of ids) this.points.delete(id);
  }

  async deleteWhere(): Promise<void> {
    await this.before();
    this.points.clear();
  }

  async sweepExpired(): Promise<boolean> {
    await this.before();
    return false;
  }

  async count(): Promise<number> {
    await this.before();
    return this.points.size;
  }

  async close(): Promise<void> {
    await this.before();
  }
}
