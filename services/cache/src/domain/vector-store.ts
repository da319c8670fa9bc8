/** A question that was answered, as the semantic tier finds it again. What it was answered with is not in here. */
export interface VectorPoint {
  /** A UUID. */
  readonly id: string;
  /** Within which it may be found, and nowhere else. */
  readonly partition: string;
  readonly organisation: string;
  readonly question: string;
  /** As long as the embedder makes them, finite, and not zero. */
  readonly vector: Float32Array;
  /** Unix time. */
  readonly createdAtMs: number;
  /** From then on it is not found. */
  readonly expiresAtMs: number;
}

export interface NearestQuery {
  readonly partition: string;
  readonly vector: Float32Array;
  /** How many at most; 100 at the most. */
  readonly limit: number;
  readonly nowMs: number;
  /** After which it rejects, whatever the server does. */
  readonly timeoutMs: number;
}

export interface Neighbour extends Omit<VectorPoint, 'vector' | 'partition' | 'organisation'> {
  /** The cosine of both vectors: from -1 to 1. */
  readonly similarity: number;
}

/** Of which points: those to which all that is said applies. Without anything, all of them, those of other embedders too. */
export interface PointFilter {
  readonly organisation?: string;
  readonly partition?: string;
  readonly createdBeforeMs?: number;
}

/** Whose vectors the points have. One embedder's are never compared with another's: the partition is to hold its id. */
export interface EmbedderIdentity {
  /** With its version. */
  readonly id: string;
  readonly dimensions: number;
}

/**
 * Where the semantic tier keeps the questions that it can answer, for one embedder. What fails rejects with a `Fault`. Text is
 * kept as far as stores can: U+0000 and halves of surrogate pairs come back as U+FFFD.
 */
export interface VectorStore {
  /** What it is and where, without a secret, for whoever starts it: `pgvector 0.8.7 on Postgres 18`. */
  describe(): Promise<string>;
  /** Makes what it needs at its server. All else does so by itself; this tells at the start whether it can. */
  ensure(): Promise<void>;
  /** Replaces those of the same ids. */
  upsert(points: readonly VectorPoint[]): Promise<void>;
  /** The most similar first. Points of another partition and expired ones are never among them. */
  nearest(query: NearestQuery): Promise<readonly Neighbour[]>;
  delete(ids: readonly string[]): Promise<void>;
  deleteWhere(filter: PointFilter): Promise<void>;
  /** Removes expired points, those of former embedders too: this many at most. Resolves to whether there may be more. */
  sweepExpired(nowMs: number, limit: number): Promise<boolean>;
  /** How many there are, expired ones included. It reads all of them: not to be asked often. */
  count(): Promise<number>;
  close(): Promise<void>;
}
