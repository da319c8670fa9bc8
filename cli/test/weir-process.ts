import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from '@weir/testkit/eventually';

const binary = fileURLToPath(new URL('../bin/weir.mjs', import.meta.url));

export interface WeirProcess {
  readonly out: string;
  readonly err: string;
  /** Resolves to the exit code. */
  readonly ended: Promise<number | null>;
  /** Resolves when that is on standard error. */
  says(text: string): Promise<void>;
  /** As Ctrl-C does. */
  interrupt(): void;
}

/**
 * The command as a process of its own, with nothing from this one's environment but the path, none of the profiles that
 * whoever runs the tests may have, and `input` piped in.
 */
export function startWeir(
  args: readonly string[],
  environment: Record<string, string> = {},
  input = '',
): WeirProcess {
  const child = spawn(process.execPath, [binary, ...args], {
    env: { PATH: process.env['PATH'], WEIR_CONFIG_DIR: '/nonexistent', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A command that does not read what is piped in closes the pipe.
  child.stdin.on('error', () => undefined).end(input);
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.err += chunk.toString()));
  return {
    get out() {
      return output.out;
    },
    get err() {
      return output.err;
    },
    ended: new Promise((resolve) => {
      child.once('close', resolve);
    }),
    says: (text) =>
      eventually(() => {
        if (!output.err.includes(text)) throw new Error(`it has said only: ${output.err}`);
      }, 20_000),
    interrupt: () => child.kill('SIGINT'),
  };
}

/** Runs the command to its end. */
export async function weir(args: readonly string[], environment?: Record<string, string>, input?: string) {
  const running = startWeir(args, environment, input);
  const code = await running.ended;
  return { code, out: running.out, err: running.err };
}
