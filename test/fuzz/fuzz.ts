import fc from 'fast-check';
import type { HostileStand, HostileReport } from '../helpers/hostile/hostile-stand.ts';
import { longestBlock } from '../helpers/hostile/judge.ts';
import { kinds } from './arbitraries.ts';
import { toHostileCase, type FuzzInput } from './fuzz-input.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** Of each kind. */
  readonly runs: number;
  /** Of processor time, of any event loop. */
  readonly maxBlockCpuMs: number;
  /** Those of the kinds whose name has this in it. */
  readonly only?: string;
  readonly onReport?: (kind: string, report: HostileReport) => void;
}

/** What does harm, as small as it could be made. */
export interface FuzzFinding {
  readonly kind: string;
  readonly problems: readonly string[];
  readonly input: FuzzInput;
}

/** Sends what the generators make of a seed, kind by kind, and resolves to the first harm of each. */
export async function fuzz(stand: HostileStand, options: FuzzOptions): Promise<FuzzFinding[]> {
  const findings: FuzzFinding[] = [];
  for (const [kind, inputs] of Object.entries(kinds)) {
    if (!kind.includes(options.only ?? '')) continue;
    const finding = await fuzzKind(stand, { ...options, kind, inputs });
    if (finding) findings.push(finding);
  }
  return findings;
}

interface KindOptions extends FuzzOptions {
  readonly kind: string;
  readonly inputs: fc.Arbitrary<FuzzInput>;
}

async function fuzzKind(
  stand: HostileStand,
  { kind, inputs, seed, runs, maxBlockCpuMs, onReport }: KindOptions,
): Promise<FuzzFinding | undefined> {
  let count = 0;
  let problems: readonly string[] = [];
  const harmless = fc.asyncProperty(inputs, async (input) => {
    const report = await stand.run(toHostileCase(`fuzz-${kind}-${seed}-${count++}`, input));
    onReport?.(kind, report);
    const { cpuMs, service } = longestBlock(report.blocks);
    const blocked = cpuMs > maxBlockCpuMs ? [`${service} was blocked for ${cpuMs.toFixed(0)} ms`] : [];
    const found = [...report.problems, ...blocked];
    if (found.length > 0) problems = found;
    return found.length === 0;
  });
  const { failed, counterexample } = await fc.check(harmless, {
    seed,
    numRuns: runs,
    interruptAfterTimeLimit: 60_000,
    markInterruptAsFailure: false,
  });
  const [input] = counterexample ?? [];
  return failed && input ? { kind, problems, input } : undefined;
}
