import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Every process that is stopped now: a stopped one cannot end, so whoever cleans up lets them run again. */
const stopped = new Set<number>();

/** It stays connected, and does nothing. */
export function hang(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  stopped.add(pid);
}

export function letRun(pid: number): void {
  stopped.delete(pid);
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It has ended.
  }
}

export function letAllRun(): void {
  for (const pid of stopped) letRun(pid);
}

/** Lets a process run for a part of the time only, as on a machine that is much too busy. Resolves to what ends that. */
export function starve(
  pid: number,
  { runMs, stopMs }: { runMs: number; stopMs: number },
): () => Promise<void> {
  const ending = new AbortController();
  const pulses = (async () => {
    while (!ending.signal.aborted) {
      hang(pid);
      await delay(stopMs);
      letRun(pid);
      await delay(runMs);
    }
  })();
  return async () => {
    ending.abort();
    await pulses;
  };
}

const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

/** From now on it may open as many files and connections as it has open already, and so many more. Resolves to what takes that back. */
export function limitOpenFiles(pid: number, more: number): () => void {
  // The hard limit stays as it is: not even root may raise it again everywhere.
  const [, before = ''] = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
  const prlimit = (limit: string) => run('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
  prlimit(String(openFiles(pid) + more));
  return () => prlimit(before);
}

export function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** Of the nats-server that is first on the PATH. */
export const natsVersion = () =>
  run('nats-server', ['--version'])
    .replace(/^nats-server: v?/, '')
    .trim();

/** The processes that a process has started, as those of Postgres are, and theirs. */
export function descendantsOf(pid: number): number[] {
  const children = run('ps', ['-e', '-o', 'pid=,ppid='])
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child = 0]) => child);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}
