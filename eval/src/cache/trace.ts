import type { QuestionClass } from './data-set.ts';
import type { Vectors } from './vectors.ts';
import { Random } from '../guardrails/generator/random.ts';

/** One request of the trace, with the class that its answer belongs to. */
export interface Query {
  readonly question: string;
  readonly className: string;
}

export interface StoredQuery extends Query {
  readonly id: string;
  readonly similarity: number;
}

/** All questions of the classes, in an order that the seed tells. */
export function traceOf(classes: readonly QuestionClass[], seed: number): Query[] {
  const random = new Random(seed);
  const queries = classes.flatMap(({ name, questions }) =>
    questions.map((question) => ({ question, className: name })),
  );
  for (let last = queries.length - 1; last > 0; last -= 1) {
    const other = random.integer(0, last);
    const [left, right] = [queries[last], queries[other]];
    if (left !== undefined && right !== undefined) [queries[last], queries[other]] = [right, left];
  }
  return queries;
}

/** What is stored, searched exactly: the store's own approximation is not what is measured. */
export class VectorTrace {
  readonly #vectors: Vectors;
  readonly #stored: { query: Query; vector: Float32Array }[] = [];

  constructor(vectors: Vectors) {
    this.#vectors = vectors;
  }

  store(query: Query): void {
    this.#stored.push({ query, vector: this.#vectors.of(query.question) });
  }

  nearest(question: string, count: number): StoredQuery[] {
    const vector = this.#vectors.of(question);
    const best: { index: number; similarity: number }[] = [];
    for (let index = 0; index < this.#stored.length; index += 1) {
      const stored = this.#stored[index];
      if (stored === undefined) break;
      const similarity = dot(vector, stored.vector);
      if (best.length === count && similarity <= (best.at(-1)?.similarity ?? 0)) continue;
      const at = best.findIndex((other) => other.similarity < similarity);
      best.splice(at < 0 ? best.length : at, 0, { index, similarity });
      if (best.length > count) best.pop();
    }
    return best.flatMap(({ index, similarity }) => {
      const query = this.#stored[index]?.query;
      return query === undefined ? [] : [{ ...query, id: String(index), similarity }];
    });
  }
}

/** The hot loop: an evaluation takes the product of some hundred million pairs. */
function dot(left: Float32Array, right: Float32Array): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let index = 0; index < left.length; index += 4) {
    first += (left[index] ?? 0) * (right[index] ?? 0);
    second += (left[index + 1] ?? 0) * (right[index + 1] ?? 0);
    third += (left[index + 2] ?? 0) * (right[index + 2] ?? 0);
    fourth += (left[index + 3] ?? 0) * (right[index + 3] ?? 0);
  }
  return first + second + third + fourth;
}
