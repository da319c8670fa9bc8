import type { Clock } from '@weir/service-kit/clock';
import type { RedisCommands } from '@weir/service-kit/redis/redis-commands';
import { judgeScript, listPartitionsScript } from './precision-scripts.ts';

/** How right a partition's semantic answers were, as far as anybody has looked. */
export interface PartitionPrecision {
  readonly id: string;
  readonly organisation: string;
  readonly model: string;
  readonly right: number;
  readonly wrong: number;
  /** It serves no semantic answers for now. */
  readonly isStopped: boolean;
  readonly updatedAtMs: number;
}

export interface PartitionVerdict {
  readonly partition: string;
  readonly organisation: string;
  readonly model: string;
  readonly isRight: boolean;
  /** A partition that is right less often stops. */
  readonly accuracyTarget: number;
}

const fieldsEach = 7;

/** The verdicts on semantic answers, by partition, of all replicas. */
export class PrecisionStore {
  readonly #redis: RedisCommands;
  readonly #clock: Clock;
  readonly #judge;
  readonly #list;

  constructor({ redis, clock }: { redis: RedisCommands; clock: Clock }) {
    this.#redis = redis;
    this.#clock = clock;
    this.#judge = redis.script(judgeScript);
    this.#list = redis.script(listPartitionsScript);
  }

  /** Answers whether the partition has stopped serving by that. */
  judge({ partition, organisation, model, isRight, accuracyTarget }: PartitionVerdict): Promise<boolean> {
    return this.#judge(
      ['partition:', 'partitions', 'partitions:', 'stopped'],
      [partition, isRight ? 1 : 0, this.#clock.nowMs(), organisation, model, accuracyTarget],
    );
  }

  /** Those with the newest verdicts first. `next` begins the page after, where there may be one. */
  async list({ organisation, after = '', limit }: { organisation?: string; after?: string; limit: number }) {
    const index = organisation === undefined ? 'partitions' : `partitions:${organisation}`;
    const fields = await this.#list([index, 'partition:'], [after, limit]);
    const partitions: PartitionPrecision[] = [];
    for (let i = 0; i + fieldsEach <= fields.length; i += fieldsEach) {
      const [id = '', owner = '', model = '', ...numbers] = fields.slice(i, i + fieldsEach);
      const [right = 0, wrong = 0, stoppedUntilMs = 0, updatedAtMs = 0] = numbers.map(Number);
      const isStopped = stoppedUntilMs > this.#clock.nowMs();
      partitions.push({ id, organisation: owner, model, right, wrong, isStopped, updatedAtMs });
    }
    const last = partitions.at(-1)?.id;
    return { partitions, ...(partitions.length === limit && last !== undefined && { next: last }) };
  }

  async stoppedCount(): Promise<number> {
    const nowMs = this.#clock.nowMs();
    return this.#redis.run('precision.stopped', (client) => client.zcount('stopped', `(${nowMs}`, '+inf'));
  }
}
