import { measureBulk } from './measures/bulk.ts';
import { measureLatency } from './measures/latency.ts';
import { measureStreams } from './measures/streams.ts';
import { measureThroughput } from './measures/throughput.ts';
import { readOptions } from './options.ts';
import { printMeasures, writeReport, type Measure } from './report.ts';
import { startStack, type Stack } from './stack.ts';

/** The groups of measures, by the beginning of their names. */
const groups: Record<string, (stack: Stack, seconds: number) => Promise<Measure[]>> = {
  throughput: measureThroughput,
  added: measureLatency,
  stream: measureStreams,
  bulk: measureBulk,
};

const { only, seconds, report } = readOptions(process.argv.slice(2));
const chosen = Object.entries(groups).filter(
  ([name]) => only === undefined || only.startsWith(name) || name.startsWith(only),
);
if (chosen.length === 0) throw new Error(`--only takes one of: ${Object.keys(groups).join(', ')}`);

const measures: Measure[] = [];
const stack = await startStack();
try {
  for (const [name, measure] of chosen) {
    console.log(`measuring ${name} ...`);
    measures.push(...(await measure(stack, seconds)));
  }
} finally {
  await stack.close();
}
printMeasures(measures);
if (report) writeReport(report, measures);
