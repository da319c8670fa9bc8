import { PassThrough } from 'node:stream';
import { runCommandLine } from '../src/program.ts';

interface TerminalOptions {
  readonly environment: Record<string, string>;
  /** Weir's folder: where `weir.env` and the state folder would be. */
  readonly root?: string;
  /** What is answered once a question has been asked that holds this text. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** Runs the command as on a terminal, where all that it says is shown. */
export async function onTerminal(args: readonly string[], options: TerminalOptions) {
  const { answers = {}, environment, root = '/nonexistent' } = options;
  // As the streams of a process, these cannot be ended by a prompt that is over.
  const terminal = () => Object.assign(new PassThrough(), { isTTY: true, end: () => undefined });
  const [input, out, err] = [terminal(), terminal(), terminal()];
  const shown = { out: '', err: '' };
  const open = new Map(Object.entries(answers));
  out.on('data', (chunk: Buffer) => (shown.out += chunk.toString()));
  err.on('data', (chunk: Buffer) => {
    shown.err += chunk.toString();
    for (const [question, answer] of open) {
      if (!shown.err.includes(question)) continue;
      open.delete(question);
      // A prompt shows its question first, and listens then.
      setImmediate(() => input.write(answer));
    }
  });
  const code = await runCommandLine(args, {
    input,
    out,
    err,
    root,
    environment: { WEIR_CONFIG_DIR: '/nonexistent', ...environment },
    signal: new AbortController().signal,
  });
  return { code, ...shown };
}
