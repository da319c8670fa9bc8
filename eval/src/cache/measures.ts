import type { Measure } from '@weir/bench/report';
import type { DataSet } from './data-set.ts';
import type { Figures } from './figures.ts';
import { type Trap, trapSlices } from './traps/trap.ts';

interface Evaluated {
  readonly rows: readonly { title: string; set: DataSet; figures: Figures; isOfLanguage: boolean }[];
  readonly traps: readonly Trap[];
  readonly wrong: readonly Trap[];
  readonly embeddingTimesMs: readonly number[];
}

const targets = { en: 0.28, vi: 0.42 };

/** The figures by the names that scripts hold on to. A language's are those of its questions; coarser classes stand under their own name. */
export function measuresOf({ rows, traps, wrong, embeddingTimesMs }: Evaluated): Measure[] {
  const measures = rows.flatMap((row) => {
    if (row.isOfLanguage) return measuresOfSet(row.set.language, row, targets[row.set.language]);
    return row.title.includes('half') ? [] : measuresOfSet(`committed.${row.set.name}`, row);
  });
  const slices = trapSlices.map((slice): Measure => {
    const ofSlice = (all: readonly Trap[]) => all.filter((trap) => trap.slice === slice).length;
    return { ...wrongIn(`cache.traps.${slice}.wrong`, ofSlice(wrong)), against: `${ofSlice(traps)} traps` };
  });
  const times = [...embeddingTimesMs].sort((left, right) => left - right);
  const embedding = [0.5, 0.95].flatMap((share): Measure[] =>
    times.length < 50
      ? []
      : [
          {
            name: `cache.embedding.p${share * 100}_ms`,
            value: times[Math.floor(times.length * share)] ?? 0,
            unit: 'ms',
            better: 'lower',
          },
        ],
  );
  const all = { ...wrongIn('cache.traps.wrong', wrong.length), target: 0, against: `${traps.length} traps` };
  return [...measures, all, ...slices, ...embedding];
}

function measuresOfSet(
  name: string,
  { figures, title }: Evaluated['rows'][number],
  hitRateTarget?: number,
): Measure[] {
  const share = { unit: 'share', better: 'higher', against: title } as const;
  const isTarget = hitRateTarget !== undefined;
  return [
    { name: `cache.${name}.ceiling`, value: figures.ceiling, ...share },
    {
      name: `cache.${name}.hit_rate`,
      value: figures.hitRate,
      ...share,
      ...(isTarget && { target: hitRateTarget }),
    },
    { name: `cache.${name}.hit_rate_exact`, value: figures.exactHitRate, ...share },
    {
      name: `cache.${name}.precision`,
      value: figures.precision,
      ...share,
      ...(isTarget && { target: 0.97 }),
    },
    {
      name: `cache.${name}.precision_low`,
      value: figures.precisionInterval[0],
      ...share,
      ...(isTarget && { target: 0.95 }),
    },
    { name: `cache.${name}.tokens_saved`, value: figures.tokensSaved, ...share },
    { name: `cache.${name}.wrong_per_request`, value: figures.wrongPerRequest, ...share, better: 'lower' },
    { name: `cache.${name}.decision_p50_ms`, value: figures.decisionP50Ms, unit: 'ms', better: 'lower' },
    { name: `cache.${name}.decision_p95_ms`, value: figures.decisionP95Ms, unit: 'ms', better: 'lower' },
  ];
}

function wrongIn(name: string, value: number): Measure {
  return { name, value, unit: 'answers', better: 'lower' };
}
