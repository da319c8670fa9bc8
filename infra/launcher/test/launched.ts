import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runCommand } from '@weir/local-servers/run-command';
import { expect } from 'vitest';

/** A launcher with stand-in services that runs as a process of its own, as `npm start` runs it. */
export class Launched {
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #output = '';

  /** `entries` names other fixtures for some of the services: `{ router: 'stubborn.ts' }`. */
  constructor(environment: Record<string, string>, entries: Record<string, string> = {}) {
    const start = fileURLToPath(new URL('fixtures/start.mjs', import.meta.url));
    this.#child = spawn(
      process.execPath,
      [start, ...Object.entries(entries).map((entry) => entry.join('='))],
      {
        env: { PATH: process.env['PATH'], ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    }
    this.ended = new Promise((resolve) => {
      this.#child.once('close', resolve);
    });
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Resolves when the output has it. */
  async says(text: string): Promise<void> {
    await expect.poll(() => this.#output, { timeout: 40_000, interval: 20 }).toContain(text);
  }

  /** The processes that it started, and those that these started. */
  async descendants(): Promise<Process[]> {
    const all = await runningProcesses();
    const childrenOf = (pid: number): Process[] =>
      all.filter((one) => one.parent === pid).flatMap((one) => [one, ...childrenOf(one.pid)]);
    return childrenOf(this.pid);
  }
}

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Those of the processes that still run. */
export async function survivors(processes: readonly Process[]): Promise<Process[]> {
  const running = new Map((await runningProcesses()).map((one) => [one.pid, one.command]));
  return processes.filter(({ pid, command }) => running.get(pid) === command);
}

async function runningProcesses(): Promise<Process[]> {
  const { output } = await runCommand('ps', ['-eo', 'pid=,ppid=,stat=,args=']);
  return [...output.matchAll(/^ *(\d+) +(\d+) +[^Z ]\S* +(.*)$/gm)].map(([, pid, parent, command]) => ({
    pid: Number(pid),
    parent: Number(parent),
    command: command ?? '',
  }));
}
