import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printMeasures, writeReport } from '@weir/bench/report';
import { chooseEmbedder } from '@weir/embeddings/choose-embedder';
import { embedderConfigSchema } from '@weir/embeddings/embedder-config';
import { type Coefficients, coefficientsFor, coefficientsNameFor } from '@weir/semantic-match/coefficients';
import { createLogger } from '@weir/service-kit/logger';
import { z } from 'zod';
import { type DataSet, readDataSets, readTranslations } from './data-set.ts';
import { describeFigures, describeWrong } from './describe.ts';
import { runTrace } from './evaluate.ts';
import { type Figures, figuresOf } from './figures.ts';
import { fitCoefficients, partOf } from './fit.ts';
import { measuresOf } from './measures.ts';
import { pageOf } from './page.ts';
import { trapsOf, wrongTraps } from './trap-slices.ts';
import { embedAll } from './vectors.ts';

/** Beside the checkout, where there is one. */
const developmentData = fileURLToPath(new URL('../../../../shared/data/cache', import.meta.url));
const coefficientsFolder = new URL('../../../libs/semantic-match/src/coefficients/', import.meta.url);

const optionsSchema = z.object({
  /** Only the measures whose names begin with this. */
  only: z.string().default(''),
  /** A folder of other data: evaluated with the committed coefficients, which nothing is fitted to. */
  data: z.string().optional(),
  /** Where to write the report as JSON. */
  report: z.string().optional(),
  /** Where to write the figures as a page. */
  page: z.string().optional(),
  /** Writes the coefficients of the embedder in use again, from all of the development data. */
  fit: z.boolean().default(false),
  target: z.coerce.number().min(0).max(1).default(0.97),
  /** How many wrong answers of a data set are listed. */
  errors: z.coerce.number().int().nonnegative().default(20),
});

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    only: text,
    data: text,
    report: text,
    page: text,
    target: text,
    errors: text,
    fit: { type: 'boolean' },
  },
});
const options = optionsSchema.parse(values);
const folder = options.data ?? developmentData;
if (!existsSync(folder))
  throw new Error(
    `there is no data in ${folder}. The project has none of its own: name a folder of it with --data`,
  );
const dataSets = readDataSets(folder);
if (dataSets.length === 0) throw new Error(`${folder} has no file like en-questions-classes.jsonl`);

const settings = embedderConfigSchema.parse(process.env);
const logger = createLogger({ service: 'eval', instance: 'cache', level: 'warn' });
const isModelNamed = settings.model !== undefined || settings.url !== undefined;
const { embedder } = await chooseEmbedder({
  ...settings,
  kind: isModelNamed ? settings.kind : 'builtin',
  stateDir: tmpdir(),
  logger,
});
const traps = trapsOf(readTranslations(folder));
const vectors = await embedAll(
  [
    ...dataSets.flatMap(({ classes }) => classes.flatMap(({ questions }) => questions)),
    ...traps.flatMap(({ cached, asked }) => [cached, asked]),
  ],
  embedder,
);
const coefficientsName = coefficientsNameFor(embedder.id);
const similarity = coefficientsName === 'text-alone' ? 'text' : 'embedder';
if (options.fit) {
  const fitted = fitCoefficients(dataSets, { vectors, similarity });
  writeFileSync(
    new URL(`${coefficientsName}.json`, coefficientsFolder),
    `${JSON.stringify(fitted, null, 2)}\n`,
  );
}
const committed = coefficientsFor(embedder.id);

const orders = { en: [1, 2, 3], vi: [1, 2, 3, 4, 5, 6] };
const evaluateWith = (set: DataSet, coefficients: Coefficients) =>
  orders[set.language].map((seed) =>
    runTrace(set.classes, seed, { vectors, coefficients, accuracyTarget: options.target }),
  );
/** For each half of the classes coefficients that were fitted to the other half. */
const foldCoefficients =
  options.data === undefined
    ? [0, 1].map((part) => {
        const others = dataSets.map((set) => ({ ...set, classes: partOf(set.classes, 1 - part) }));
        return fitCoefficients(others, { vectors, similarity });
      })
    : [];
const outOfFold = (set: DataSet) =>
  foldCoefficients.map((coefficients, part) =>
    evaluateWith({ ...set, classes: partOf(set.classes, part) }, coefficients),
  );

console.log(
  `embedder ${embedder.id}, coefficients ${coefficientsName}.json, accuracy target ${options.target}`,
);
const rows: { title: string; set: DataSet; figures: Figures; isOfLanguage: boolean }[] = [];
for (const set of dataSets) {
  if (options.data === undefined && !set.isCoarse) {
    const folds = outOfFold(set);
    folds.forEach((traces, part) =>
      rows.push({
        title: `${set.name}, half ${part + 1}, out of fold`,
        set,
        figures: figuresOf(traces),
        isOfLanguage: false,
      }),
    );
    // Requests of both halves in one trace: classes have names of their own, so the bootstrap keeps them apart.
    const joined = (folds[0] ?? []).map((trace, index) => [...trace, ...(folds[1]?.[index] ?? [])]);
    rows.push({ title: `${set.name}, out of fold`, set, figures: figuresOf(joined), isOfLanguage: true });
    console.log(describeWrong(`${set.name}, out of fold`, joined[0] ?? [], options.errors));
  }
  const traces = evaluateWith(set, committed);
  const isOfLanguage = options.data !== undefined && !set.isCoarse;
  rows.push({ title: `${set.name}, committed coefficients`, set, figures: figuresOf(traces), isOfLanguage });
  if (options.data !== undefined) console.log(describeWrong(set.name, traces[0] ?? [], options.errors));
}
const wrong = wrongTraps(traps, { vectors, coefficients: committed, accuracyTarget: options.target });
const measures = measuresOf({ rows, traps, wrong, embeddingTimesMs: vectors.timesMs }).filter(({ name }) =>
  name.startsWith(options.only),
);
if (measures.length === 0) throw new Error(`no measure begins with ${options.only}`);
console.log(describeFigures(rows));
for (const { slice, cached, asked } of wrong.slice(0, options.errors))
  console.log(`trap ${slice}: ${asked} <- ${cached}`);
printMeasures(measures);
if (options.report !== undefined) writeReport(options.report, measures);
if (options.page !== undefined)
  writeFileSync(
    options.page,
    pageOf({ rows, traps, wrong, embedderId: embedder.id, target: options.target }),
  );
