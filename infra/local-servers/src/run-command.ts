import { execFile, type ExecFileOptions } from 'node:child_process';

export interface CommandOutcome {
  /** The exit code; null where a signal ended it or where it could not be started. */
  readonly code: number | null;
  /** What it wrote to standard output, and then what it wrote to standard error. */
  readonly output: string;
}

/** Runs a program to its end. Never rejects: a program that is not there has the code null, and one that is ended by the time-out. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: Pick<ExecFileOptions, 'env' | 'uid' | 'gid' | 'cwd' | 'timeout'> = {},
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    execFile(command, args, { ...options, maxBuffer: Infinity }, (error, stdout, stderr) => {
      const code = error ? error.code : 0;
      if (error && typeof error.code === 'string') resolve({ code: null, output: error.message });
      else resolve({ code: typeof code === 'number' ? code : null, output: stdout + stderr });
    });
  });
}
