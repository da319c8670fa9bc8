import { Random } from '../guardrails/generator/random.ts';
import type { Outcome } from './evaluate.ts';

export interface Figures {
  readonly requests: number;
  readonly ceiling: number;
  readonly hitRate: number;
  readonly exactHitRate: number;
  readonly hits: number;
  readonly precision: number;
  /** 95% of the bootstrap's resamples, by class of question, lie within. */
  readonly precisionInterval: readonly [number, number];
  readonly hitRateInterval: readonly [number, number];
  readonly wrongPerRequest: number;
  readonly hitsOfCeiling: number;
  readonly vetoed: number;
  /** The share of the questions' tokens, by their length, that no model was asked: the data has no answers, which cost most. */
  readonly tokensSaved: number;
  readonly decisionP50Ms: number;
  readonly decisionP95Ms: number;
}

const isHit = ({ result }: Outcome) => result === 'exact' || result === 'semantic';
export const isWrong = (outcome: Outcome) => isHit(outcome) && outcome.servedClass !== outcome.className;

/** Of one or more traces over the same data. */
export function figuresOf(traces: readonly (readonly Outcome[])[]): Figures {
  const outcomes = traces.flat();
  const count = (matches: (outcome: Outcome) => boolean) => outcomes.filter(matches).length;
  const [requests, hits, wrong] = [outcomes.length, count(isHit), count(isWrong)];
  const reusable = count((outcome) => outcome.reusable);
  const times = outcomes.map(({ decisionMs }) => decisionMs).sort((left, right) => left - right);
  return {
    requests: requests / traces.length,
    ceiling: reusable / requests,
    hits: hits / traces.length,
    hitRate: hits / requests,
    exactHitRate: count(({ result }) => result === 'exact') / requests,
    precision: hits === 0 ? 1 : 1 - wrong / hits,
    wrongPerRequest: wrong / requests,
    hitsOfCeiling: hits / Math.max(1, reusable),
    vetoed: count(({ result }) => result === 'vetoed') / requests,
    tokensSaved: tokensOf(outcomes.filter(isHit)) / tokensOf(outcomes),
    ...intervalsOf(outcomes),
    decisionP50Ms: times[Math.floor(times.length * 0.5)] ?? 0,
    decisionP95Ms: times[Math.floor(times.length * 0.95)] ?? 0,
  };
}

/** About four characters a token. */
function tokensOf(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, { question }) => sum + question.length / 4, 0);
}

const resamples = 1000;

/** By class, since phrasings of one class stand and fall together. */
function intervalsOf(outcomes: readonly Outcome[]) {
  const tallies = [...Map.groupBy(outcomes, ({ className }) => className).values()].map((ofClass) => ({
    requests: ofClass.length,
    hits: ofClass.filter(isHit).length,
    wrong: ofClass.filter(isWrong).length,
  }));
  const random = new Random(1);
  const drawn = Array.from({ length: resamples }, () => {
    const sum = { requests: 0, hits: 0, wrong: 0 };
    tallies.forEach(() => {
      const { requests, hits, wrong } = random.pick(tallies);
      sum.requests += requests;
      sum.hits += hits;
      sum.wrong += wrong;
    });
    return sum;
  });
  return {
    precisionInterval: middleOf(drawn.map(({ hits, wrong }) => (hits === 0 ? 1 : 1 - wrong / hits))),
    hitRateInterval: middleOf(drawn.map(({ hits, requests }) => hits / requests)),
  };
}

function middleOf(values: number[]): readonly [number, number] {
  values.sort((left, right) => left - right);
  return [values[Math.floor(resamples * 0.025)] ?? 0, values[Math.floor(resamples * 0.975)] ?? 0];
}
