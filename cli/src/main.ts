import { fileURLToPath } from 'node:url';
import { runCommandLine } from './program.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort();
  });
}
// A reader such as `head` that has seen enough closes the pipe.
process.stdout.on('error', () => {
  stop.abort();
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  input: process.stdin,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  environment: Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== '')),
  signal: stop.signal,
});
if (process.connected) process.disconnect();
