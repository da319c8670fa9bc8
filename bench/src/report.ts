import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

export interface Measure {
  /** As users' scripts hold on to it: `throughput.pipeline.rps`. */
  name: string;
  value: number;
  unit: string;
  better: 'higher' | 'lower';
  target?: number;
  /** What it was measured beside, in the same run. */
  against?: string;
}

export function printMeasures(measures: readonly Measure[]): void {
  for (const { name, value, unit, better, target, against } of measures) {
    const met =
      target === undefined
        ? ''
        : (better === 'higher' ? value >= target : value <= target)
          ? 'met'
          : 'MISSED';
    const goal = target === undefined ? '' : `target ${better === 'higher' ? '>=' : '<='} ${target}: ${met}`;
    console.log(
      `${name.padEnd(32)} ${rounded(value).padStart(10)} ${unit.padEnd(10)} ${goal} ${against ? `(${against})` : ''}`,
    );
  }
}

export function writeReport(file: string, measures: readonly Measure[]): void {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
  };
  writeFileSync(
    file,
    `${JSON.stringify({ at: new Date().toISOString(), commit, machine, measures }, null, 2)}\n`,
  );
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
