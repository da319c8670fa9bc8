import { measureAdmission } from './measures/admission.ts';
import { measureBudget } from './measures/budget.ts';
import { measureBulk } from './measures/bulk.ts';
import { measureCache } from './measures/cache.ts';
import { measureEvents } from './measures/events.ts';
import { measureGuardrailsPipeline } from './measures/guardrails-pipeline.ts';
import { measureGuardrails } from './measures/guardrails.ts';
import { measureKeys } from './measures/keys.ts';
import { measureLatency } from './measures/latency.ts';
import { measureLedger } from './measures/ledger.ts';
import { measureReports } from './measures/reports.ts';
import { measureRouting } from './measures/routing.ts';
import { measureStreams } from './measures/streams.ts';
import { measureThroughput } from './measures/throughput.ts';
import { measureUntrusted } from './measures/untrusted.ts';
import { measureVectors } from './measures/vectors.ts';
import { readOptions } from './options.ts';
import { printMeasures, writeReport, type Measure } from './report.ts';
import { startStack, type Stack } from './stack.ts';

/** The groups of measures, by the beginning of their names: those of one part alone, and those of the whole gateway. */
const ofParts: Record<string, (seconds: number) => Measure[] | Promise<Measure[]>> = {
  routing: measureRouting,
  untrusted: measureUntrusted,
  guardrails: measureGuardrails,
  events: measureEvents,
  keys: measureKeys,
  ledger: measureLedger,
  admission: measureAdmission,
  budget: measureBudget,
};
/** Those that take a quarter of an hour are made where they are named. */
const ofPartsWhenNamed: typeof ofParts = {
  reports: measureReports,
  vectors: measureVectors,
};
const ofTheGateway: Record<string, (stack: Stack, seconds: number) => Promise<Measure[]>> = {
  throughput: measureThroughput,
  added: measureLatency,
  stream: measureStreams,
  bulk: measureBulk,
  guardrails: measureGuardrailsPipeline,
  cache: measureCache,
};

const { only, seconds, report } = readOptions(process.argv.slice(2));
const isChosen = ([name]: [string, unknown]) =>
  only === undefined || only.startsWith(name) || name.startsWith(only);
const parts = Object.entries({ ...ofParts, ...(only !== undefined && ofPartsWhenNamed) }).filter(isChosen);
const whole = Object.entries(ofTheGateway).filter(isChosen);
if (parts.length + whole.length === 0) {
  throw new Error(
    `--only takes one of: ${Object.keys({ ...ofParts, ...ofPartsWhenNamed, ...ofTheGateway }).join(', ')}`,
  );
}

const measures: Measure[] = [];
for (const [name, measure] of parts) {
  console.log(`measuring ${name} ...`);
  measures.push(...(await measure(seconds)));
}
if (whole.length > 0) {
  const stack = await startStack();
  try {
    for (const [name, measure] of whole) {
      console.log(`measuring ${name} ...`);
      measures.push(...(await measure(stack, seconds)));
    }
  } finally {
    await stack.close();
  }
}
printMeasures(measures);
if (report) writeReport(report, measures);
