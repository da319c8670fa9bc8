import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** How to run a server, ours or another's, as a child that cannot outlive us. */
export interface OwnedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What asks this server to end in good order. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** How long it may take over that before it is killed; ten seconds unless given. */
  readonly stopTimeoutMs?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Told each line that the server writes. */
  readonly onLine?: (line: string) => void;
}

/** What a message about an unexpected end needs. */
export interface Ending {
  /** `exit code 1` or `SIGKILL`. A service ends with code 0 when somebody has sent it SIGTERM. */
  readonly how: string;
  readonly lastLines: string;
}

export interface OwnedProcess {
  readonly pid: number;
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ending>;
  /** Asks it to end, and resolves when it has. */
  readonly stop: () => Promise<void>;
  /** Ends it at once, as a crash would. */
  readonly kill: () => Promise<void>;
}

/**
 * Servers do not notice that the program which started them is gone, or hang while they should, and SIGKILL leaves that
 * program no chance to end them. So each has a watchdog: a shell that reads a pipe whose other end is ours alone. The
 * kernel closes that end however we die; the read then fails, and the shell ends the server. `exec` turns the first
 * shell into the server, so its pid is the server's, and $$ names it in the watchdog too. A line on the pipe says that
 * the server ended by itself, and that its pid, which the system may have given away again, is to be left alone. (execa's own
 * cleanup runs when this process exits, and not when it is killed.)
 */
const watchdogScript = `
signal=$1; shift
{
  read -r ended <&3 || {
    kill -s "$signal" $$
    tries=0
    while kill -0 $$ && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
    kill -s KILL $$
  }
} </dev/null >/dev/null 2>&1 &
exec "$@" 3<&-
`;

const keptLines = 20;

/**
 * Starts a server in a process group of its own, since a terminal sends Ctrl-C to its whole group and the order in
 * which things stop is ours to decide. Rejects where the program cannot be started at all.
 */
export async function startOwnedProcess(options: OwnedProcessOptions): Promise<OwnedProcess> {
  const { command, args, stopSignal, stopTimeoutMs = 10_000, onLine, ...spawnOptions } = options;
  const signalName = stopSignal.slice('SIG'.length);
  const child = spawn('/bin/sh', ['-c', watchdogScript, 'sh', signalName, command, ...args], {
    ...spawnOptions,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const lastLines: string[] = [];
  const takeLine = (line: string) => {
    lastLines.push(line);
    if (lastLines.length > keptLines) lastLines.shift();
    onLine?.(line);
  };
  const [, stdout, stderr, lifeline] = child.stdio as [null, Readable, Readable, Writable, undefined];
  for (const input of [stdout, stderr]) createInterface({ input }).on('line', takeLine);
  lifeline.on('error', () => undefined); // The watchdog may be gone before it reads the line.
  child.once('exit', () => lifeline.end('ended\n'));
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ how: signal ?? endedWith(code), lastLines: lastLines.join('\n') });
    });
  });

  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      resolve(child.pid ?? 0);
    });
  });

  const kill = async () => {
    // The whole group: under `node --watch`, say, the server is a child of the process that we have started.
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGKILL');
    await ended;
  };
  return {
    pid,
    ended,
    kill,
    stop: async () => {
      const timer = setTimeout(() => void kill(), stopTimeoutMs);
      child.kill(stopSignal);
      await ended;
      clearTimeout(timer);
    },
  };
}

function endedWith(code: number | null): string {
  return code === 0 ? 'exit code 0, as after SIGTERM' : `exit code ${code}`;
}
