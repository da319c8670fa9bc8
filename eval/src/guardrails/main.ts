import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Level } from '@weir/contracts/guardrails/entities';
import { printMeasures, writeReport } from '@weir/bench/report';
import { findPersonalData } from '@weir/pii/find-personal-data';
import { z } from 'zod';
import { describeErrors, describeEvaluation, percent } from './describe.ts';
import { developmentSet } from './development-set.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import { generateTexts } from './generator/generate.ts';
import { readLabelledTexts } from './labelled-text.ts';
import { measuresOf } from './measures.ts';
import { pageOf } from './page.ts';

const optionsSchema = z.object({
  /** Only the measures whose names begin with this. */
  only: z.string().default(''),
  /** Labelled texts to evaluate on, as JSON lines, in the place of the project's own. */
  data: z.string().optional(),
  /** Where to write the report as JSON. */
  report: z.string().optional(),
  /** Where to write the figures as a page. */
  page: z.string().optional(),
  /** What the generated texts are made from. */
  seed: z.coerce.number().int().default(1),
  /** How many errors of a kind are listed. */
  errors: z.coerce.number().int().nonnegative().default(12),
});

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    data: { type: 'string' },
    report: { type: 'string' },
    page: { type: 'string' },
    seed: { type: 'string' },
    errors: { type: 'string' },
  },
});
const { only, data, report, page, seed, errors } = optionsSchema.parse(values);

const texts =
  data === undefined ? [...developmentSet(), ...generateTexts(seed)] : readLabelledTexts(data, data);
const evaluationAt = (level: Level) => evaluate(texts, detectorAt(level));
const balanced = evaluationAt('balanced');
const strict = evaluationAt('strict');
const measures = measuresOf(balanced).filter(({ name }) => name.startsWith(only));
if (measures.length === 0) throw new Error(`no measure begins with ${only}: they are pii.tier1.recall, ...`);

console.log(describeEvaluation(balanced));
console.log(`\nLevel strict: ${summaryOf(strict)}\n`);
console.log(describeErrors(balanced.errors, errors));
printMeasures(measures);
if (report !== undefined) writeReport(report, measures);
if (page !== undefined) writeFileSync(page, pageOf(balanced, strict, seed));

function detectorAt(level: Level): Parameters<typeof evaluate>[1] {
  return (text, form) => findPersonalData(text, { level, isJson: form === 'json' });
}

function summaryOf({ falseDenials, all, tierOne }: Evaluation): string {
  return `recall of all ${percent(all.recall)}, of tier 1 ${percent(tierOne.recall)}; false denials ${percent(falseDenials)}`;
}
