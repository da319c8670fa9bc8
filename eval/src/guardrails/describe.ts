import type { Evaluation, EvaluationError, Tally } from './evaluate.ts';

type Row = readonly (string | number)[];

export const percent = (share: number) => `${(100 * share).toFixed(2)}%`;

/** A table in Markdown, which is read on a terminal as well. */
function table(headings: readonly string[], rows: readonly Row[]): string {
  const cells = [headings, ...rows.map((row) => row.map(String))];
  const widths = headings.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(line)].join(
    '\n',
  );
}

function tallies(heading: string, groups: ReadonlyMap<string, Tally>): string {
  const rows = [...groups].map(([name, tally]): Row => {
    const leaked = tally.leakedCharacters / Math.max(1, tally.characters);
    return [name, tally.spans, percent(tally.recall), percent(tally.precision), percent(leaked)];
  });
  return table([heading, 'spans', 'recall', 'precision', 'characters leaked'], rows);
}

/** All tables of an evaluation. */
export function describeEvaluation(evaluation: Evaluation): string {
  const negatives = [...evaluation.negatives].map(([name, { texts, denied }]): Row => [
    name,
    texts,
    denied,
    percent(denied / texts),
  ]);
  return [
    tallies('entity', evaluation.byEntity),
    tallies('language', evaluation.byLanguage),
    // Texts without personal data are in a table of their own.
    tallies('evasion', new Map([...evaluation.byVariant].filter(([, { spans }]) => spans > 0))),
    tallies('data', evaluation.bySource),
    table(['texts without personal data', 'texts', 'taken for such', 'share'], negatives),
  ].join('\n\n');
}

/** Errors, the worst kind first, with what they are about between marks. */
export function describeErrors(errors: readonly EvaluationError[], most: number): string {
  const order = ['missed, tier 1', 'false', 'missed, tier 2'];
  const groups = Map.groupBy(errors, ({ kind, detail }) => (kind === 'false' ? kind : `${kind}, ${detail}`));
  return order
    .flatMap((name) => {
      const group = groups.get(name) ?? [];
      return group.length === 0
        ? []
        : [`${name}: ${group.length}`, ...spread(group, most).map(describeError)];
    })
    .join('\n');
}

/** Some of many, from all parts. */
function spread<Item>(items: readonly Item[], most: number): Item[] {
  const step = Math.max(1, items.length / most);
  return items.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

function describeError({ labelled, start, end, entity, detail, kind }: EvaluationError): string {
  const { text, variant, language } = labelled;
  const marked = `${text.slice(0, start)}\u00ab${text.slice(start, end)}\u00bb${text.slice(end)}`;
  const rule = kind === 'false' ? `by ${detail} ` : '';
  return `  ${entity} ${rule}(${language}, ${variant}): ${JSON.stringify(marked)}`;
}
