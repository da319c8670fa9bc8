import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ServiceName } from '@weir/services/services';

export interface Start {
  /** How soon it was ready, had ended, or had logged what was looked for. */
  readonly tookMs: number;
  readonly isReady: boolean;
  /** Absent where it goes on trying. */
  readonly exitCode: number | undefined;
  readonly log: string;
}

/** Starts a service that may not be able to start, and ends it when it is ready or has said why it is not. */
export async function tryToStart(
  service: ServiceName,
  environment: Readonly<Record<string, string>>,
  { says, withinMs = 20_000 }: { says: RegExp; withinMs?: number },
): Promise<Start> {
  const main = fileURLToPath(new URL(`../../services/${service}/src/main.ts`, import.meta.url));
  const startedMs = performance.now();
  const child = fork(main, { env: { PATH: process.env['PATH'], ...environment }, silent: true });
  const lines: string[] = [];
  const said = new Promise<void>((resolve) => {
    for (const input of [child.stdout, child.stderr]) {
      if (!input) continue;
      createInterface({ input }).on('line', (line) => {
        lines.push(line);
        if (says.test(line)) resolve();
      });
    }
  });
  let isReady = false;
  const ready = once(child, 'message').then(() => (isReady = true));
  const exited = once(child, 'exit');
  await Promise.race([said, ready, exited, delay(withinMs)]);
  const tookMs = performance.now() - startedMs;
  // One that says why ends right after it, or goes on trying.
  await Promise.race([exited, delay(1_000)]);
  const exitCode = child.exitCode ?? undefined;
  child.kill('SIGKILL');
  if (exitCode === undefined) await exited;
  return { tookMs, isReady, exitCode, log: lines.join('\n') };
}
