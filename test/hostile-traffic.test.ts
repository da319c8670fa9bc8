import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { longestBlock } from './helpers/hostile/judge.ts';
import { fuzz } from './fuzz/fuzz.ts';
import { HostileStand } from './helpers/hostile/hostile-stand.ts';
import { corpus } from './hostile-traffic/corpus.ts';

/** Of processor time: five times what it should be, since a machine that others use is slower. */
const maxBlockCpuMs = 250;

const maxRssMb = 700;

let stand: HostileStand;
beforeAll(async () => {
  stand = await HostileStand.start();
});
afterAll(() => stand.close());

describe('what hostile traffic looks like', () => {
  test.each(corpus)('$id: $promise', async (hostile) => {
    const report = await stand.run(hostile);
    expect(report.problems).toEqual([]);
    expect(longestBlock(report.blocks).cpuMs).toBeLessThan(maxBlockCpuMs);
    for (const [service, { maxRssMb: rssMb }] of Object.entries(report.blocks))
      expect(rssMb, `the memory of ${service}`).toBeLessThan(maxRssMb);
  });
});

test('what generators make of a seed does no harm', async () => {
  expect(await fuzz(stand, { seed: 15, runs: 25, maxBlockCpuMs })).toEqual([]);
});
