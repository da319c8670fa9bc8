import type { Outcome } from './evaluate.ts';
import { type Figures, isWrong } from './figures.ts';

export const percent = (share: number) => `${(share * 100).toFixed(1)}%`;

export function describeFigures(rows: readonly { title: string; figures: Figures }[]): string {
  const header = [
    '| Data | requests | ceiling | hits | of them exact | hits of ceiling | precision (95% interval) | wrong a request | vetoed |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  const lines = rows.map(({ title, figures }) => {
    const [low, high] = figures.precisionInterval;
    const [lowHits, highHits] = figures.hitRateInterval;
    const cells = [
      title,
      figures.requests.toFixed(0),
      percent(figures.ceiling),
      `${percent(figures.hitRate)} (${percent(lowHits)} to ${percent(highHits)})`,
      percent(figures.exactHitRate),
      percent(figures.hitsOfCeiling),
      `${percent(figures.precision)} (${percent(low)} to ${percent(high)})`,
      percent(figures.wrongPerRequest),
      percent(figures.vetoed),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `${[...header, ...lines].join('\n')}\n`;
}

/** What was asked, and what was served for it. */
export function describeWrong(title: string, outcomes: readonly Outcome[], most: number): string {
  const wrong = outcomes.filter(isWrong);
  const lines = wrong
    .slice(0, most)
    .map(
      ({ question, servedQuestion, className, servedClass }) =>
        `  ${question} <- ${servedQuestion} (${className}, ${servedClass})`,
    );
  return [`${title}: ${wrong.length} wrong answers in one trace`, ...lines].join('\n');
}
