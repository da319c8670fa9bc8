import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { HostileStand } from '../helpers/hostile/hostile-stand.ts';
import { corpus } from '../hostile-traffic/corpus.ts';
import { BlockReport } from './block-report.ts';
import { fuzz } from './fuzz.ts';

/**
 * `npm run fuzz`: sends what the generators make, seed after seed, and writes what does harm below `.weir/fuzz`, to be kept in
 * `test/hostile-traffic/found`. With `--corpus` it sends each case that is kept, and tells what came of it. Either ends
 * with the longest blocks of an event loop, and with exit code 1 where something did harm.
 */
const { values } = parseArgs({
  options: {
    corpus: { type: 'boolean', default: false },
    /** Only cases, or kinds of what is made, whose name has this in it. */
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    runs: { type: 'string', default: '100' },
    'max-block-ms': { type: 'string', default: '100' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(
    'npm run fuzz -- [--corpus] [--only TEXT] [--seconds N] [--seed N] [--runs N] [--max-block-ms N]',
  );
  process.exit();
}

const folder = '.weir/fuzz';
const stand = await HostileStand.start();
const blocks = new BlockReport();
let failed = 0;
try {
  await (values.corpus ? sendCorpus() : sendMade());
} finally {
  await stand.close();
}
blocks.print();
console.log(failed === 0 ? 'nothing did harm' : `${failed} did harm`);
process.exit(failed === 0 ? 0 : 1);

async function sendCorpus(): Promise<void> {
  for (const { id, ...rest } of corpus.filter((each) => each.id.includes(values.only))) {
    const report = await stand.run({ id, ...rest });
    if (report.problems.length > 0) failed++;
    console.log(`${report.problems.length === 0 ? 'ok    ' : 'FAILED'} ${blocks.add(id, report)}`);
    for (const problem of report.problems.slice(0, 3)) console.log(`       ${problem.slice(0, 300)}`);
  }
}

async function sendMade(): Promise<void> {
  const endsAtMs = performance.now() + Number(values.seconds) * 1000;
  for (let seed = Number(values.seed); performance.now() < endsAtMs; seed++) {
    const findings = await fuzz(stand, {
      seed,
      runs: Number(values.runs),
      maxBlockCpuMs: Number(values['max-block-ms']),
      only: values.only,
      onReport: (kind, report) => blocks.add(`${kind} of seed ${seed}`, report),
    });
    console.log(`seed ${seed}: ${findings.length === 0 ? 'nothing' : `${findings.length} did harm`}`);
    for (const { kind, problems, input } of findings) {
      failed++;
      mkdirSync(folder, { recursive: true });
      const file = `${folder}/${kind}-${seed}.json`;
      writeFileSync(file, `${JSON.stringify({ promise: 'TODO', input }, undefined, 2)}\n`);
      console.log(`  ${file}: ${problems.map((problem) => problem.slice(0, 300)).join('\n    ')}`);
    }
  }
}
