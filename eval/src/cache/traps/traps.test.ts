import { findVeto } from '@weir/semantic-match/vetoes/find-veto';
import { describe, expect, test } from 'vitest';
import { englishControls, vietnameseControls } from './controls.ts';
import { englishTraps } from './english-traps.ts';
import { generateTraps } from './generate.ts';
import { heldOutTraps } from './held-out-traps.ts';
import { trapSlices } from './trap.ts';
import { vietnameseTraps } from './vietnamese-traps.ts';

const traps = generateTraps([...englishTraps, ...vietnameseTraps], 1);

describe('traps', () => {
  test('the same seed makes the same traps, and no trap is two equal texts', () => {
    expect(generateTraps(englishTraps, 3)).toEqual(generateTraps(englishTraps, 3));
    expect(traps.filter(({ cached, asked }) => cached === asked)).toEqual([]);
  });

  test.each(trapSlices)('no trap of the slice %s passes the vetoes', (slice) => {
    const ofSlice = traps.filter((trap) => trap.slice === slice);
    expect(ofSlice.length).toBeGreaterThan(15);
    expect(ofSlice.filter(({ cached, asked }) => findVeto(asked, cached) === undefined)).toEqual([]);
  });

  test('of the held-out traps less than one in a hundred passes', () => {
    const heldOut = generateTraps(heldOutTraps, 1);
    const passed = heldOut.filter(({ cached, asked }) => findVeto(asked, cached) === undefined);
    expect(passed.length).toBeLessThan(heldOut.length / 100);
  });
});

test('of the wordings of one question at least nineteen in twenty pass each for the other', () => {
  const pairs = [...englishControls, ...vietnameseControls].flatMap((wordings) =>
    wordings.flatMap((left, index) => wordings.slice(index + 1).map((right) => [left, right] as const)),
  );
  const refused = pairs.filter(([left, right]) => findVeto(left, right) !== undefined);
  expect(refused.length).toBeLessThanOrEqual(pairs.length / 20);
});
