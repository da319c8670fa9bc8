import type { Coefficients } from '@weir/semantic-match/coefficients';
import { decideSemanticHit } from '@weir/semantic-match/decide';
import { evidenceForbids, fewestObservations } from '@weir/semantic-match/entry-evidence';
import type { StoreTicket } from '@weir/contracts/cache/lookup';
import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { CacheMetrics, SemanticResult } from '../cache-metrics.ts';
import { type CacheRequest, maySee, oldestMsOf } from '../cache-request.ts';
import type { Entry, Observation } from '../entries/entry.ts';
import type { EntryStore, NewEntry } from '../entries/entry-store.ts';
import type { PurgeList } from '../entries/purges.ts';
import { TimeLimitExceeded, withinTime } from '../within-time.ts';
import { DependencyResting } from './dependency-rest.ts';
import { questionOf } from './eligibility.ts';
import type { NearestQuestions } from './nearest-questions.ts';
import type { Compared, SemanticFinding, SemanticLookup, SemanticQuestion } from './semantic-lookup.ts';
import type { VerdictRecorder } from './verdict-recorder.ts';

interface SemanticTierParts {
  readonly questions: NearestQuestions;
  /** Of the embedder: part of every partition. */
  readonly embedderId: string;
  readonly coefficients: Coefficients;
  readonly entries: EntryStore;
  readonly purges: PurgeList;
  readonly verdicts: VerdictRecorder;
  readonly metrics: CacheMetrics;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** What all of it may cost a request. */
  readonly timeLimitMs: number;
}

/** What was found, and what it counts as. */
type Found = { readonly result: SemanticResult; readonly finding: SemanticFinding };

const timeouts = new Set(['upstream_timeout', 'deadline_exceeded']);

function failureOf(error: unknown): 'resting' | 'timeout' | 'failed' {
  if (error instanceof DependencyResting) return 'resting';
  const isTimeout =
    error instanceof TimeLimitExceeded || (error instanceof Fault && timeouts.has(error.code));
  return isTimeout ? 'timeout' : 'failed';
}

const nothing = (result: SemanticResult): Found => ({ result, finding: { kind: 'none' } });

/** Answers to questions that mean the same, where it is sure enough that they do. */
export class SemanticTier implements SemanticLookup {
  readonly #parts: SemanticTierParts;

  constructor(parts: SemanticTierParts) {
    this.#parts = parts;
  }

  read({ chat, order, keys }: CacheRequest): SemanticQuestion | undefined {
    const question = questionOf(chat, order);
    if (question !== undefined) return { question, partition: keys.partition(this.#parts.embedderId) };
    this.#parts.metrics.semantic('ineligible');
    return undefined;
  }

  async find(request: CacheRequest, question: SemanticQuestion): Promise<SemanticFinding> {
    const { clock, metrics, timeLimitMs } = this.#parts;
    try {
      const { result, finding } = await withinTime(this.#find(request, question), timeLimitMs, clock);
      metrics.semantic(result);
      return finding;
    } catch (error) {
      metrics.semantic(failureOf(error));
      return { kind: 'none' };
    }
  }

  kept(ticket: StoreTicket, entry: NewEntry, completion: string): void {
    const { questions, verdicts } = this.#parts;
    void questions.keep(entry);
    void verdicts.compare(ticket, { given: completion, organisation: entry.organisation });
  }

  async #find(request: CacheRequest, { partition, question }: SemanticQuestion): Promise<Found> {
    const { questions, entries, coefficients, timeLimitMs } = this.#parts;
    const { accuracyTarget } = request.order;
    const candidates = await questions.find({ partition, question }, timeLimitMs);
    // What is known of an entry is read with it, and thus of the best alone.
    const frequencies = questions.frequenciesOf(partition);
    const query = { question, candidates, frequencies, coefficients, accuracyTarget };
    const decision = decideSemanticHit({ ...query, random: 1 });
    if (decision.kind === 'miss') return nothing('miss');
    const { id: vectorId, similarity } = decision.candidate;
    const { entry, stoppedUntilMs } = await entries.getByVector(vectorId, partition);
    if (!entry) {
      questions.forget([vectorId]);
      return nothing('lost');
    }
    if (!this.#mayServe(request, partition, entry)) return nothing('lost');
    const compared = (why: Compared['why'], result: SemanticResult): Found => ({
      result,
      finding: { kind: 'none', compared: { entry: entry.meta.id, similarity, why } },
    });
    if (decision.kind === 'grey' || this.#isDoubted(entry.evidence, similarity, accuracyTarget))
      return compared('grey', 'grey');
    if (stoppedUntilMs > this.#parts.clock.nowMs()) return compared('shadow', 'stopped');
    if (request.order.isShadow) return compared('shadow', 'shadow');
    if (this.#parts.random() < request.order.shadowCheckRate) return compared('check', 'check');
    return { result: 'hit', finding: { kind: 'hit', entry, similarity } };
  }

  /** The vector store is asked for one partition only, and its answer is not taken on trust. */
  #mayServe(request: CacheRequest, partition: string, { meta }: Entry): boolean {
    const { purges, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const isFresh = meta.expiresAtMs > nowMs && meta.createdAtMs >= nowMs - oldestMsOf(request.order);
    return isFresh && meta.partition === partition && maySee(request, meta) && !purges.covers(meta);
  }

  /** A wrong answer of few says enough; of more, the curve that they make. */
  #isDoubted(evidence: readonly Observation[], similarity: number, accuracyTarget: number): boolean {
    if (evidence.length < fewestObservations) return evidence.some(({ correct }) => !correct);
    return evidenceForbids(evidence, similarity, { accuracyTarget, random: this.#parts.random() });
  }
}
