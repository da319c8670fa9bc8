import type { StoreTicket } from '@weir/contracts/cache/lookup';
import type { ChatCompletion } from '@weir/contracts/chat/completion';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import type { Logger } from '@weir/service-kit/logger';
import type { CacheMetrics } from '../cache-metrics.ts';
import type { EntryStore } from '../entries/entry-store.ts';
import type { ServedHit } from '../hits/served-hits.ts';
import { judgeAnswers } from './judge-answers.ts';
import { fewestVerdicts } from './precision-scripts.ts';
import type { PartitionVerdict, PrecisionStore } from './precision-store.ts';

interface VerdictRecorderParts {
  readonly entries: EntryStore;
  readonly precision: PrecisionStore;
  readonly metrics: CacheMetrics;
  readonly logger: Logger;
}

/** Callers' verdicts do not say how right answers were to be, where that is no longer known. */
const defaultAccuracyTarget = 0.97;

/** Learns from answers that were, or might have been, served for others. */
export class VerdictRecorder {
  readonly #parts: VerdictRecorderParts;

  constructor(parts: VerdictRecorderParts) {
    this.#parts = parts;
  }

  /** Holds the answer that has come against the one that might have been served. Never rejects. */
  async compare(
    { model, order, semantic }: StoreTicket,
    { given, organisation }: { given: string; organisation: string },
  ): Promise<void> {
    if (!semantic?.compared) return;
    const { partition, compared } = semantic;
    const { entries, logger } = this.#parts;
    try {
      const entry = await entries.get(compared.entry);
      if (entry?.meta.partition !== partition) return;
      const verdict = await judgeAnswers(textOf(entry.completion), textOf(given));
      if (!verdict) return;
      const isRight = verdict === 'right';
      await entries.observe(compared.entry, { similarity: compared.similarity, correct: isRight });
      // What would not have been served says nothing of what is.
      if (compared.why === 'grey') return;
      const { accuracyTarget } = order;
      await this.#judge({ partition, organisation, model, isRight, accuracyTarget });
    } catch (error) {
      logger.debug({ err: error }, 'two answers were not compared');
    }
  }

  /** Somebody says whether a semantic answer was right. Rejects where Redis fails. */
  readonly recordVerdict = async (served: ServedHit, isRight: boolean): Promise<void> => {
    const { entry, organisation, partition, similarity, model = '', accuracyTarget } = served;
    if (partition === undefined || similarity === undefined) return;
    await this.#parts.entries.observe(entry, { similarity, correct: isRight });
    const target = accuracyTarget ?? defaultAccuracyTarget;
    await this.#judge({ partition, organisation, model, isRight, accuracyTarget: target });
  };

  async #judge(verdict: PartitionVerdict): Promise<void> {
    const { precision, metrics, logger } = this.#parts;
    metrics.judged(verdict.isRight ? 'right' : 'wrong');
    const hasStopped = await precision.judge(verdict);
    if (!hasStopped) return;
    const { partition, organisation, model, accuracyTarget } = verdict;
    logger.warn(
      { partition, organisation, model, accuracyTarget },
      `of at least ${fewestVerdicts} semantic answers too many were wrong: this partition serves none for a while`,
    );
  }
}

function textOf(completion: string): string {
  const { choices } = parseOwnJson(completion) as ChatCompletion;
  return choices[0]?.message.content ?? '';
}
