import { readFileSync } from 'node:fs';

/** Clock ticks a second, as Linux reports processor time; the same on all its machines. */
const ticksPerSecond = 100;

/** Processor time that a process has used so far, in microseconds; undefined where the system does not tell. */
export function cpuUs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
  } catch {
    return undefined;
  }
}

/** Resident memory in MB (10^6 bytes); undefined where the system does not tell. */
export function residentMb(pid: number): number | undefined {
  try {
    const kB = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return (Number(kB) * 1024) / 1e6;
  } catch {
    return undefined;
  }
}
