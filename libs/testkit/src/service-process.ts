import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface ServiceProcess {
  /** The service's. */
  readonly name: string;
  readonly pid: number;
  /** Every line of its log so far. */
  readonly log: readonly string[];
  /** Asks it to drain, and resolves to its exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/** As `npm start` has it: it halves the time that a service takes to start. */
const compileCache = fileURLToPath(new URL('../../../node_modules/.cache/node', import.meta.url));

/** Less than a test's hooks may take, so that its log is seen. */
const readyWithinMs = 100_000;

/**
 * Runs a service of this repository as its own process, as production does, and resolves when it is ready. Rejects with its log where it ends before that,
 * or takes much too long.
 */
export async function startService(
  service: string,
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  const main = fileURLToPath(new URL(`../../../services/${service}/src/main.ts`, import.meta.url));
  const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: compileCache, ...environment };
  const child = fork(main, { env, silent: true });
  const log: string[] = [];
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const ready = once(child, 'message');
  for (const input of [child.stdout, child.stderr]) {
    if (input) createInterface({ input }).on('line', (line) => log.push(line));
  }
  const endedEarly = exited.then((code) => {
    throw new Error(`${service} exited with ${code} before it was ready:\n${log.join('\n')}`);
  });
  endedEarly.catch(() => undefined);
  const late = new AbortController();
  const tooLate = delay(readyWithinMs, undefined, { signal: late.signal }).then(() => {
    child.kill('SIGKILL');
    throw new Error(`${service} is not ready after ${readyWithinMs} ms:\n${log.join('\n')}`);
  });
  tooLate.catch(() => undefined);
  await Promise.race([ready, endedEarly, tooLate]).finally(() => {
    late.abort();
  });

  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    name: service,
    pid: child.pid ?? 0,
    log,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
  };
}
