import type { Embedder } from '@weir/embeddings/embedder';
import { WordFrequencies } from '@weir/semantic-match/word-frequencies';
import { LRUCache } from 'lru-cache';
import type { Clock } from '@weir/service-kit/clock';
import type { Logger } from '@weir/service-kit/logger';
import type { Neighbour, VectorStore } from '../domain/vector-store.ts';
import type { NewEntry } from '../entries/entry-store.ts';
import { vectorIdOf } from '../entries/entry-store.ts';
import { DependencyRest } from './dependency-rest.ts';
import type { SemanticQuestion } from './semantic-lookup.ts';

interface NearestQuestionsParts {
  readonly embedder: Embedder;
  readonly vectors: VectorStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** So many candidates are looked at. */
const nearestCount = 5;
/** Nobody waits for what is kept. */
const keptEmbedTimeoutMs = 5_000;
/** At one replica at once; more are not known to the semantic tier. */
const mostKept = 256;
/** Partitions whose words are counted here; a busy one takes about a megabyte. */
const mostCounted = 100;
/** Of a partition of which nothing was kept here: all words are alike. */
const uncounted = new WordFrequencies();

/** Questions by their meaning: what has been asked before, and what is asked now. */
export class NearestQuestions {
  readonly #parts: NearestQuestionsParts;
  readonly #embedding: DependencyRest;
  readonly #store: DependencyRest;
  readonly #frequencies = new LRUCache<string, WordFrequencies>({ max: mostCounted });
  #keeping = 0;

  constructor(parts: NearestQuestionsParts) {
    const { clock, logger } = (this.#parts = parts);
    const rest = (what: string) =>
      new DependencyRest({
        clock,
        onRest: (error) => {
          logger.warn({ err: error }, `${what} fails: no semantic answers for some seconds`);
        },
      });
    this.#embedding = rest('the embedder');
    this.#store = rest('the vector store');
  }

  /** The most similar first. Rejects where one of both fails, or rests. */
  async find({ partition, question }: SemanticQuestion, timeoutMs: number): Promise<readonly Neighbour[]> {
    const { embedder, vectors, clock } = this.#parts;
    const vector = await this.#embedding.ask(() => embedder.embed(question));
    const query = { partition, vector, limit: nearestCount, nowMs: clock.nowMs(), timeoutMs };
    return this.#store.ask(() => vectors.nearest(query));
  }

  /** How rare words are in the partition's questions, as far as they were kept by this replica. */
  frequenciesOf(partition: string): WordFrequencies {
    return this.#frequencies.get(partition) ?? uncounted;
  }

  /** Resolves to whether the question of an entry is known from now on. */
  async keep(entry: NewEntry): Promise<boolean> {
    const { partition, question, id, organisation, createdAtMs, expiresAtMs } = entry;
    if (partition === undefined || question === undefined || this.#keeping >= mostKept) return false;
    const { embedder, vectors, logger } = this.#parts;
    this.#keeping += 1;
    try {
      const vector = await embedder.embed(question, { timeoutMs: keptEmbedTimeoutMs });
      const point = {
        id: vectorIdOf(id),
        partition,
        organisation,
        question,
        vector,
        createdAtMs,
        expiresAtMs,
      };
      await vectors.upsert([point]);
      this.#count(partition, question);
      return true;
    } catch (error) {
      logger.debug({ err: error }, 'a question was not kept');
      return false;
    } finally {
      this.#keeping -= 1;
    }
  }

  #count(partition: string, question: string): void {
    const frequencies = this.#frequencies.get(partition) ?? new WordFrequencies();
    this.#frequencies.set(partition, frequencies);
    frequencies.add(question);
  }

  /** Forgets vectors whose entries are gone. What fails is found when it is looked up, and expires. */
  forget(vectorIds: readonly string[]): void {
    const { vectors, logger } = this.#parts;
    vectors.delete(vectorIds).catch((error: unknown) => {
      logger.debug({ err: error }, 'vectors without entries were not deleted');
    });
  }
}
