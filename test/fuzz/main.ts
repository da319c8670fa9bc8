import { parseArgs } from 'node:util';
import { HostileStand } from '../helpers/hostile/hostile-stand.ts';
import { longestBlock } from '../helpers/hostile/judge.ts';
import { corpus } from '../hostile-traffic/corpus.ts';

/** `npm run fuzz -- --corpus`: sends every case of the corpus and tells what came of each, and the longest block of an event loop. */

const { values } = parseArgs({
  options: { corpus: { type: 'boolean' }, only: { type: 'string', default: '' } },
});

const stand = await HostileStand.start();
let failed = 0;
const longest: { id: string; service: string; cpuMs: number; wallMs: number }[] = [];
try {
  for (const hostile of corpus.filter(({ id }) => id.includes(values.only))) {
    const report = await stand.run(hostile);
    const { problems } = report;
    const block = longestBlock(report.blocks);
    longest.push({ id: hostile.id, ...block });
    if (problems.length > 0) failed++;
    const seen = new Set(report.outcomes.map(({ status, code }) => `${status} ${code ?? ''}`));
    const memory = Object.entries(report.blocks)
      .map(([service, { maxRssMb }]) => `${service} ${Math.round(maxRssMb)}`)
      .join(' ');
    console.log(
      `${problems.length === 0 ? 'ok    ' : 'FAILED'} ${hostile.id.padEnd(36)} ${[...seen].join(', ').padEnd(34)} ` +
        `${report.tookMs.toFixed(0).padStart(6)} ms, block ${block.cpuMs.toFixed(0).padStart(5)} ms CPU ` +
        `${block.wallMs.toFixed(0).padStart(5)} ms ${block.service}; MB ${memory}`,
    );
    for (const problem of problems.slice(0, 3)) console.log(`       ${problem.slice(0, 300)}`);
  }
} finally {
  await stand.close();
}
longest.sort((one, other) => other.cpuMs - one.cpuMs);
console.log(`\nThe longest blocks of an event loop, in processor time:`);
for (const { id, service, cpuMs, wallMs } of longest.slice(0, 10))
  console.log(
    `${cpuMs.toFixed(1).padStart(8)} ms (${wallMs.toFixed(1)} ms by the clock)  ${service.padEnd(10)} ${id}`,
  );
console.log(`\n${longest.length} cases, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
